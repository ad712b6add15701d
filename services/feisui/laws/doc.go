// Package laws holds what must be true of every statement, whatever the book:
// laws, each checked on books drawn at random, and the second implementation,
// which works the same statement out from the text of the specification alone.
//
// A law is only as good as the mistakes that it finds. TestPlantedMistakesAreFound
// plants some, one at a time, and fails where the first law does not see them.
package laws
