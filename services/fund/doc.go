// Package fund keeps money: what was promised (承诺), what was paid hop by hop
// (拨付), undone (冲销) and confirmed to have arrived (到账).
//
// A payment knows its chain: who paid first and what for are written into its
// event when it is decided, and passing on is recorded in the streams of both
// payments, so that two children cannot race past their parent's amount.
package fund
