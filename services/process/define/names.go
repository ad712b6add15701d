package define

import "feisui/services/process"

// Names are what the workflows of a county may refer to: the guards and effects
// that the door has, and the columns of the sheets of which an effect may make
// rows (docs/spec/reconciliation.md §1).
//
// Guards hold, of an instance and what is recorded of its thing:
//
//   - not_completed, not_recalled: no completion, no recall of the task
//   - not_worse: an amendment of a task that was accepted lowers no amount, asks
//     for no more, ends no earlier and pays no later
//   - fee_arrived: what arrived for the task covers the condition of its last
//     conditional receipt; fee_missing: it does not, and the condition's day is over
//   - fact_accepted, fact_conditional, fact_rejected, fact_recalled, fact_completed:
//     that is the task's state by what is recorded (§3)
//   - item_listed: the item stands in a list other than negative and purchase, so
//     that it needs no admission
//   - item_not_negative: it is not in the negative list
//   - emergency: the form says that this is one
//   - over_limit: what one payer paid one payee on that day, with what is proposed and
//     this, is more than the amount transfer_limit
//   - paid_by_now: the day of payment has begun, and the amount is more than nothing
//   - purpose_known: the purpose names a task of the community, or an item
//   - upstream_held: what is passed on was paid to who pays it
//   - amount_positive: the amount is more than nothing
//   - confirms_all: with this amount, all of the payment has arrived
//   - is_custodian: the payee is no community
//   - reversible: nothing of the payment stands confirmed or passed on
//   - dispute_open: the last dispute was not answered
//   - voucher_free: no payment is recorded under the voucher
//   - fact_paid, fact_held, fact_passed_on, fact_confirmed, fact_unconfirmed,
//     fact_reversed: what is recorded of the payment: that it is there, not all passed
//     on, all of it, all or not all confirmed, undone
//   - fact_quota: the commitment is recorded as a quota
//   - flag_cleared: the flag that a case is about does not stand; flag_stands: it does
//
// Effects: recall_task and amend_task, of the task as a new fact; revoke_admission;
// number_document gives a document its number, gapless within office and year;
// record_payment records a payment unless it is over the limit and not approved,
// reverse_payment and reearmark_payment as proposed, place_line as placed, which begins
// a payment; withdraw_arrival takes a confirmation back;
// amend_commitment says of a commitment what the form says, release_commitment that it is a quota.
var Names = process.Names{
	Guards: []string{
		"not_completed", "not_recalled", "not_worse", "fee_arrived", "fee_missing",
		"fact_accepted", "fact_conditional", "fact_rejected", "fact_recalled", "fact_completed",
		"item_listed", "item_not_negative", "emergency", "flag_cleared", "flag_stands",
		"over_limit", "paid_by_now", "purpose_known", "upstream_held", "amount_positive", "confirms_all", "is_custodian", "reversible",
		"dispute_open", "voucher_free",
		"fact_paid", "fact_held", "fact_passed_on", "fact_confirmed", "fact_unconfirmed", "fact_reversed", "fact_quota",
	},
	Effects: []string{
		"recall_task", "amend_task", "revoke_admission", "number_document",
		"record_payment", "reverse_payment", "reearmark_payment", "withdraw_arrival", "place_line",
		"amend_commitment", "release_commitment",
	},
	Amounts: []string{"transfer_limit"},
	Sheets: map[string][]string{
		"tasks": {
			"no", "department", "community", "item", "document", "issued_on", "starts_on", "due_on", "quantity", "base", "amount",
			"pay_by", "authority_document",
		},
		"receipts":    {"task", "outcome", "filed_on", "reason", "condition_amount", "condition_by", "note", "no"},
		"completions": {"task", "completed_on", "quantity"},
		"commitments": {"no", "kind", "department", "community", "purpose", "amount", "made_on", "by"},
		"arrivals":    {"voucher", "confirmed_on", "amount", "no"},
		"admissions":  {"no", "department", "item", "document", "from", "to", "communities", "decision", "decided_on"},
	},
}
