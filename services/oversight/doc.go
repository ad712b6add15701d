// Package oversight knows what the ledger's flags ask people to do (督办): which
// of them are one matter, which matters wait for a case, and which number a
// document gets as it is signed. It is pure, and a fold over what was announced
// and what was begun: how a case goes, its definition says.
//
//   - Of one matter one case goes on at a time. What is paid in part restarts
//     nothing; what comes back after its case has ended is the next case.
//   - Nothing is asked of a community.
//   - Some matters no flag of the ledger is about: a workflow raises them (ByWord). Whoever
//     answers for one gives its word in the case, and the authority strikes that off.
//   - A case closes by itself only where what it asked for has come. What was asked,
//     what stood as the case began says: a fee that is put off, lowered or taken back
//     afterwards was not paid by that.
//
// What makes the flag of each rule go, and as what its case then closes. Of several
// that hold the first is said; what none says (the county's days, limits, calendar)
// is other.
//
//	rule               money                        otherwise
//	unfunded           the payer's part as it was   void: task recalled, rejected · changed: task amended, item
//	underfunded          due has come whole           or community said otherwise, completed with another quantity
//	commitment_broken  paid as much as was          changed: amount or day amended
//	                     promised
//	retained           passed on or confirmed       reversed · changed: amount, payee or purpose amended
//	                     as much as was paid
//	unconfirmed        confirmed as much as was     reversed · passed_on · changed
//	                     paid
//	diverted           –                            reversed · changed: purpose or beneficiary amended
//	prohibited         –                            void · done: completed · changed: task amended, item said otherwise
//	unadmitted         –                            void · done · changed · remedied: an admission recorded
//	no_authority       –                            void · done · remedied: the document is there · changed
//	undetermined       –                            void · remedied: what was missing is there
//	plaque_unlisted    –                            remedied: down, or in the catalogue · changed
//	plaque_relapse     –                            remedied: down · changed
//	outside_work       –                            remedied: issued properly since · other: answered
//	relay_unnamed      –                            other: answered, or named or admitted since
//	emergency_unpapered –                           other: answered
package oversight
