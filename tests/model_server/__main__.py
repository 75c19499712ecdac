"""python3 -m model_server SCRIPT [--record FILE]: serves a script on a free loopback port, prints its origin."""

import argparse
from pathlib import Path

from .server import ModelServer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("script", type=Path)
    parser.add_argument("--record", type=Path, help="each request as a line of JSON")
    arguments = parser.parse_args()
    server = ModelServer(arguments.script.read_text(encoding="utf-8"), arguments.record)
    print(server.origin, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
