// Package oversight knows what the ledger's flags ask people to do (督办): which
// of them are one matter, which matters wait for a case, and which number a
// document gets as it is signed. It is pure, and a fold over what was announced
// and what was begun: how a case goes, its definition says.
//
//   - Of one matter one case goes on at a time. What is paid in part restarts
//     nothing; what comes back after its case has ended is the next case.
//   - Nothing is asked of a community.
package oversight
