// Package ledger folds what happened into accounts, and says where they stand.
//
// Book is the fold; reconcile is the pure judgement on an account and a date.
package ledger
