CREATE TABLE project (id TEXT PRIMARY KEY, worktree TEXT, name TEXT, time_created INTEGER, time_updated INTEGER);
CREATE TABLE session (id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, slug TEXT, directory TEXT, title TEXT,
  version TEXT, agent TEXT, model TEXT, cost REAL, tokens_input INTEGER, tokens_output INTEGER, tokens_reasoning INTEGER,
  tokens_cache_read INTEGER, tokens_cache_write INTEGER, time_created INTEGER, time_updated INTEGER, time_archived INTEGER);
CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT REFERENCES session (id) ON DELETE CASCADE,
  time_created INTEGER, time_updated INTEGER, data TEXT);
CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT REFERENCES message (id) ON DELETE CASCADE, session_id TEXT,
  time_created INTEGER, time_updated INTEGER, data TEXT);
CREATE INDEX message_by_session ON message (session_id, time_created, id);
CREATE INDEX part_by_message ON part (message_id, id);
CREATE INDEX part_by_session ON part (session_id);

INSERT INTO project VALUES ('global', '/', NULL, 1, 1);
INSERT INTO session VALUES
  ('ses_1', 'global', NULL, 'calm-otter', '/work/app', 'Greeting', '1.18.33', 'build',
   '{"id":"gpt-x","providerID":"openai","variant":"high"}', 0.25, 12, 7, 3, 5, 2, 1700000000000, 1700000008000, NULL),
  ('ses_child', 'global', 'ses_1', 'x', '/work/app', 'Look around', '1.18.33', 'explore', 'gpt-x', 0, 0, 0, 0, 0, 0,
   1700000003000, 1700000003000, NULL),
  ('ses_old', 'global', NULL, 'y', '/work/app', 'Long ago', '1.18.33', 'build', NULL, 0, 0, 0, 0, 0, 0,
   1600000000000, 1600000000000, 1650000000000);

INSERT INTO message VALUES
  ('msg_1', 'ses_1', 1700000000000, 1700000000000, '{"role":"user","time":{"created":1700000000000},"agent":"build"}'),
  ('msg_2', 'ses_1', 1700000001000, 1700000004000,
   '{"role":"assistant","time":{"created":1700000001000,"completed":1700000004000},"modelID":"gpt-x","providerID":"openai",
     "path":{"cwd":"/work/app","root":"/"},"tokens":{"input":4,"output":3,"reasoning":1,"cache":{"read":2,"write":1}},"cost":0.1}'),
  ('msg_3', 'ses_1', 1700000005000, 1700000005000, '{"role":"user","time":{"created":1700000005000}}'),
  ('msg_4', 'ses_1', 1700000006000, 1700000008000,
   '{"role":"assistant","time":{"created":1700000006000},"modelID":"gpt-x",
     "error":{"name":"APIError","data":{"message":"The model is busy","statusCode":529}}}'),
  ('msg_c', 'ses_child', 1700000003000, 1700000003000, '{"role":"user","time":{"created":1700000003000}}'),
  ('msg_o', 'ses_old', 1600000000000, 1600000000000, '{"role":"user","time":{"created":1600000000000}}');

INSERT INTO part VALUES
  ('prt_01', 'msg_1', 'ses_1', 1, 1700000000000, '{"type":"text","text":"Add a greeting"}'),
  ('prt_02', 'msg_1', 'ses_1', 1, 1700000000000, '{"type":"text","synthetic":true,"text":"Called the read tool"}'),
  ('prt_03', 'msg_1', 'ses_1', 1, 1700000000000,
   '{"type":"file","mime":"image/png","filename":"shot.png","url":"data:image/png;base64,iVBORw0KGgo="}'),
  ('prt_04', 'msg_1', 'ses_1', 1, 1700000000000,
   '{"type":"file","mime":"text/plain","filename":"my notes.txt","url":"file:///work/app/my%20notes.txt"}'),
  ('prt_10', 'msg_2', 'ses_1', 1, 1700000001000, '{"type":"step-start","snapshot":"abc"}'),
  ('prt_11', 'msg_2', 'ses_1', 1, 1700000001000, '{"type":"reasoning","text":"The file is small."}'),
  ('prt_12', 'msg_2', 'ses_1', 1, 1700000002000, '{"type":"reasoning","text":""}'),
  ('prt_13', 'msg_2', 'ses_1', 1, 1700000003000,
   '{"type":"tool","tool":"read","callID":"call_1","state":{"status":"completed","input":{"filePath":"/work/app/a.txt"},
     "output":"hello","title":"a.txt","metadata":{"lines":1},"time":{"start":1700000002000,"end":1700000003000}}}'),
  ('prt_14', 'msg_2', 'ses_1', 1, 1700000004000, '{"type":"text","text":"Done, see a.txt"}'),
  ('prt_15', 'msg_2', 'ses_1', 1, 1700000004000, '{"type":"step-finish","reason":"stop","tokens":{"input":4},"cost":0.1}'),
  ('prt_16', 'msg_2', 'ses_1', 1, 1700000004000, '{"type":"patch","hash":"abc","files":["/work/app/a.txt"]}'),
  ('prt_20', 'msg_3', 'ses_1', 1, 1700000005000, '{"type":"text","text":"\"hello there\""}'),
  ('prt_21', 'msg_3', 'ses_1', 1, 1700000005000, '{"type":"text","ignored":true,"text":"not for the model"}'),
  ('prt_30', 'msg_4', 'ses_1', 1, 1700000007000,
   '{"type":"tool","tool":"bash","callID":"call_2","state":{"status":"error","input":{"command":"false"},"error":"exit 1"}}'),
  ('prt_c1', 'msg_c', 'ses_child', 1, 1700000003000, '{"type":"text","text":"Look around"}'),
  ('prt_o1', 'msg_o', 'ses_old', 1, 1600000000000, '{"type":"text","text":"Long ago"}');
