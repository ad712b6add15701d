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
//   - emergency: the application says that this is one; emergency_timely: it began
//     no later than today and no more than three working days ago
//   - unsigned: no head of the department applies
//   - application_new: nothing is recorded under the number; scope_known: the
//     communities are, or it is all; terms_sound: the period and the fee can be
//   - consulted_known: who is asked for an opinion is there, and does not apply;
//     own_opinion: the opinion is of the office for which it is given;
//     opinions_complete: nobody else is waited for
//   - no_wider: the decision goes no further than the application; can_be_bought: it
//     is a task with a rule for its fee; fact_revoked: the admission is, by what is
//     recorded
//   - flag_cleared: the flag that a case is about does not stand; flag_stands: it does
//   - case_free: the case is about nobody who is asked nothing, and no other goes on
//     about the same matter
//   - by_money: what the case is about goes when money has come; came_late: it went,
//     and the ledger says that the money came late
//   - was_blue, was_yellow, was_red, was_ordered: the instance has been in that state
//
// Effects: recall_task and amend_task, of the task as a new fact; admit,
// admit_on_conditions, convert_to_purchase and deny, what is decided of an
// application, and revoke_admission; number_document gives a document its number,
// gapless within office, kind and year: its settings are office and kind, which name
// the series, and issuer (机关代字).
var Names = process.Names{
	Guards: []string{
		"not_completed", "not_recalled", "not_worse", "fee_arrived", "fee_missing",
		"fact_accepted", "fact_conditional", "fact_rejected", "fact_recalled", "fact_completed",
		"item_listed", "item_not_negative", "emergency", "flag_cleared", "flag_stands",
		"unsigned", "emergency_timely", "application_new", "scope_known", "terms_sound", "consulted_known",
		"own_opinion", "opinions_complete", "no_wider", "can_be_bought", "fact_revoked",
		"case_free", "by_money", "came_late", "was_blue", "was_yellow", "was_red", "was_ordered",
	},
	Effects: []string{
		"recall_task", "amend_task", "number_document",
		"admit", "admit_on_conditions", "convert_to_purchase", "deny", "revoke_admission",
	},
	Settings: map[string][]string{"number_document": {"office", "kind", "issuer"}},
	Flags: []string{
		"prohibited", "unadmitted", "unfunded", "underfunded", "due_soon", "funded_late", "undetermined", "unreceipted",
		"no_authority", "duplicated", "commitment_broken", "commitment_late", "retained", "unconfirmed", "unlinked", "diverted",
		"plaque_unlisted", "plaque_over_cap", "plaque_relapse",
	},
	Sheets: map[string][]string{
		"tasks": {
			"no", "department", "community", "item", "document", "issued_on", "starts_on", "due_on", "quantity", "base", "amount",
			"pay_by", "authority_document",
		},
		"receipts":    {"task", "outcome", "filed_on", "reason", "condition_amount", "condition_by", "note", "no"},
		"completions": {"task", "completed_on", "quantity"},
	},
}
