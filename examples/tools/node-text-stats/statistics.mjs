// Counts a text by the rules of the reader's language (Unicode Standard Annex 29, as Intl.Segmenter applies them).

const wordsOf = new Intl.Segmenter(undefined, { granularity: "word" });
const sentencesOf = new Intl.Segmenter(undefined, { granularity: "sentence" });

/** Words with their counts (most frequent first, then by alphabet), and totals of the whole text. */
export function countText(text, foldCase) {
  const counts = new Map();
  let words = 0;
  let letters = 0;
  for (const piece of wordsOf.segment(text)) {
    if (!piece.isWordLike) continue;
    const word = foldCase ? piece.segment.toLocaleLowerCase() : piece.segment;
    counts.set(word, (counts.get(word) ?? 0) + 1);
    words += 1;
    letters += Array.from(word).length;
  }
  let sentences = 0;
  for (const piece of sentencesOf.segment(text)) {
    if (piece.segment.trim() !== "") sentences += 1;
  }
  const listed = [...counts].sort((left, right) => right[1] - left[1] || left[0].localeCompare(right[0]));
  return { words, letters, sentences, characters: Array.from(text).length, counts: listed };
}
