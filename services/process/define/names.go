package define

import "feisui/services/process"

// Names are what the workflows of a county may refer to: the guards and effects
// that the door has, and the columns of the sheets of which an effect may make
// rows (docs/spec/reconciliation.md §1).
//
// Guards hold, of an instance and what is recorded of its thing:
//
//   - not_completed, not_recalled: no completion, no recall of the task
//   - not_worse: an amendment of a task that was accepted lowers nothing that is owed,
//     asks for no more, leaves no less time and pays no later; a day by which to be done
//     that there was not takes the community's asking
//   - completion_sound: a task is complete no earlier than it was handed down;
//     removal_sound: a plaque removed no earlier than it hung
//   - quantity_assigned: what was reported as done is as much as the task asked for
//   - within_fee: what is to be paid for what was done is no more than the task is owed
//   - condition_positive: what an acceptance depends on is more than nothing
//   - promise_soon: what a department promises to pay it pays within the limit promise_days
//   - fee_arrived: what arrived for the task covers the condition of its last
//     conditional receipt; fee_missing: it does not, and the condition's day is over;
//     fee_gone: it does not, and the day is not over
//   - fact_accepted, fact_conditional, fact_rejected, fact_recalled, fact_completed:
//     that is the task's state by what is recorded (§3)
//   - sampled: the task is one of the limit sampled_percent in a hundred that are drawn
//     (抽查), by its number and the day on which its community says it was done
//   - start_timely: a task starts, or is due where it says no start, at least the limit
//     notice_days working days after its issue; within_frequency: it does not come more
//     often than its application said; within_load: with it its community has no more in
//     hand than the limit open_per_worker for each worker
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
//   - papers_complete: nothing of the formality check (形式审查) is missing;
//     papers_lacking: something is, so that there is something to correct; unasked_said:
//     where no office beside finance or no community is asked it says why, and only there
//   - no_wider: the decision goes no further than the application; can_be_bought: it
//     is a task with a rule for its fee; fee_said: the application or the catalogue says
//     how a task's fee is found; can_be_listed: what the form puts into the catalogue is
//     a task with its fee that is not there; fact_revoked: the admission is, by what is
//     recorded
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
//   - flag_cleared: the flag that a case is about does not stand, or whoever answers for it
//     has given its word of what no fact clears (outside_work, relay_unnamed,
//     emergency_unpapered); flag_stands: it does
//   - case_free: the case is about nobody who is asked nothing, and no other goes on
//     about the same matter
//   - appeal_timely: the last step that gave a document its number was no more than 30
//     days ago
//   - by_money: the flag of the case went since all came that was asked for as it
//     began; came_late: and after its day, by what the ledger says or would say had the
//     day not been put off
//   - went_void, went_done, went_changed, went_reversed, went_passed_on, went_remedied:
//     it went since the task was recalled or rejected, was completed, since what is
//     recorded says otherwise now, the payment was undone or went on, or since what was
//     missing is there
//   - was_blue, was_yellow, was_red, was_ordered, was_recheck: the instance has been in that state
//   - not_in_future: no date that the form says something happened on is to come;
//     not_in_past: none by which something is to happen (due_on, pay_by, condition_by, until) is over
//   - plaque_found: who begins acts for no department that asks; plaque_relapsed: and a
//     plaque of this title came down in the community within a year (§6)
//   - plaque_listed, plaque_under_cap: hanging it would raise neither plaque_unlisted
//     nor plaque_over_cap (§6)
//   - plaque_unfunded: no money comes with it
//   - concurred: the department that decides with the authority has agreed, where there is one
//   - plaque_up, plaque_down: it is recorded as hanging; as removed
//   - burden_permitted: it is no banned certificate and no secondment; burden_over: it
//     is recorded as over; ends_by_now: its last day is none to come; merged_into: the form names another that stands in the community
//   - no_personal_data: nothing that people write in the form as they like looks like the
//     number of a mobile telephone or of a person, and nothing in its contact_ fields like
//     any telephone's; in source, where a budget's codes belong, what is one by its check
//     character
//   - department_known: the department is registered; giver_known: it is, or is the
//     community's street; relayed: it is a street; originator_other: it is none
//   - task_issued: the form names a task that the department issued to the community,
//     task_named: if it names one at all, one that was issued since the work was given and
//     stands; task_there: it names such a one, or the last step before it that named one did
//   - draft_number: a draft's number is DEPARTMENT/…, with no more strokes, so that no
//     department meets another's
//   - period_sound: it ends no earlier than it begins, nor before today, and its
//     departments are registered
//   - period_open: the period that the form names goes on, and has this department;
//     rated_once: the number is that of the period, the community and the department
//   - month_over: the month has no day to come; month_in_turn: the months before it that
//     the county closes are closed
//   - report_dates: a report is of a day that has begun, and compares it with an
//     earlier one; figures_known: no account is blocked
//
// Effects: recall_task and amend_task, of the task as a new fact; terminate_task, that it
// is recalled, or complete for the amount that the step terminate proposed; check_tasks, that the tasks
// of a draft could be handed down, and issue_tasks, that they are, each as an instance of
// its own, all or none, and with a red lamp only where the form says despite; admit,
// admit_on_conditions, convert_to_purchase and deny, what is decided of an
// application, list_item, that it is in the catalogue from now on, and revoke_admission; record_payment records a payment unless it is
// over the limit and not approved, reverse_payment and reearmark_payment as proposed,
// place_line as placed, which begins a payment; withdraw_arrival takes a confirmation
// back; amend_commitment says of a commitment what the form says, release_commitment
// that it is a quota; find_plaque records one that was found, hang_plaque one that was
// approved, take_down its removal; end_burden a burden's last day; close_month says what the facts of a month come to and
// keeps others out of it, reopen_month takes them again; freeze_figures says up to which entry a report's
// figures count, for ever; number_document
// gives a document its number, gapless within office, kind and year: its settings are
// office and kind, which name the series, and issuer (机关代字).
var Names = process.Names{
	Guards: []string{
		"sampled", "was_recheck", "start_timely", "within_frequency", "within_load",
		"not_completed", "not_recalled", "not_worse", "completion_sound", "quantity_assigned", "within_fee", "condition_positive", "promise_soon", "fee_arrived", "fee_missing", "fee_gone",
		"fact_accepted", "fact_conditional", "fact_rejected", "fact_recalled", "fact_completed",
		"item_listed", "item_not_negative", "emergency", "flag_cleared", "flag_stands",
		"unsigned", "emergency_timely", "application_new", "scope_known", "terms_sound", "consulted_known",
		"papers_complete", "papers_lacking", "unasked_said", "own_opinion", "opinions_complete", "no_wider", "can_be_bought", "fee_said", "can_be_listed", "fact_revoked",
		"case_free", "appeal_timely", "by_money", "came_late",
		"went_void", "went_done", "went_changed", "went_reversed", "went_passed_on", "went_remedied", "was_blue", "was_yellow", "was_red", "was_ordered",
		"not_in_future", "not_in_past", "removal_sound", "plaque_found", "plaque_relapsed", "plaque_listed", "plaque_under_cap", "plaque_unfunded", "concurred",
		"plaque_up", "plaque_down", "burden_permitted", "burden_over", "ends_by_now", "merged_into", "no_personal_data", "department_known",
		"giver_known", "relayed", "originator_other", "task_issued", "task_named", "task_there", "draft_number", "period_sound", "period_open", "rated_once", "month_over", "month_in_turn", "report_dates", "figures_known",
		"over_limit", "paid_by_now", "purpose_known", "upstream_held", "amount_positive", "confirms_all", "is_custodian", "reversible",
		"dispute_open", "voucher_free",
		"fact_paid", "fact_held", "fact_passed_on", "fact_confirmed", "fact_unconfirmed", "fact_reversed", "fact_quota",
	},
	Effects: []string{
		"recall_task", "amend_task", "terminate_task", "check_tasks", "issue_tasks", "number_document",
		"admit", "admit_on_conditions", "convert_to_purchase", "deny", "list_item", "revoke_admission",
		"find_plaque", "hang_plaque", "take_down", "end_burden",
		"record_payment", "reverse_payment", "reearmark_payment", "withdraw_arrival", "place_line",
		"amend_commitment", "release_commitment", "freeze_figures", "close_month", "reopen_month",
	},
	Settings: map[string][]string{"number_document": {"office", "kind", "issuer"}},
	Amounts:  []string{"transfer_limit"},
	Limits:   map[string]int{"sampled_percent": 100, "notice_days": 60, "open_per_worker": 10_000, "promise_days": 366},
	Flags: []string{
		"prohibited", "unadmitted", "unfunded", "underfunded", "due_soon", "funded_late", "undetermined", "unreceipted",
		"no_authority", "duplicated", "commitment_broken", "commitment_late", "retained", "unconfirmed", "unlinked", "diverted",
		"plaque_unlisted", "plaque_over_cap", "plaque_relapse", "outside_work", "relay_unnamed", "emergency_unpapered",
	},
	Sheets: map[string][]string{
		"tasks": {
			"no", "department", "community", "item", "document", "issued_on", "starts_on", "due_on", "quantity", "base", "amount",
			"pay_by", "authority_document",
		},
		"receipts":    {"task", "outcome", "filed_on", "reason", "condition_amount", "condition_by", "note", "no"},
		"completions": {"task", "completed_on", "quantity"},
		"burdens":     {"no", "community", "department", "kind", "title", "from", "to"},
		"commitments": {"no", "kind", "department", "community", "purpose", "amount", "made_on", "by"},
		"arrivals":    {"voucher", "confirmed_on", "amount", "no"},
	},
}

// Lowered are the limits that a county may only lower: within how many days a department
// that promises to pay has to. The others are its own.
var Lowered = []string{"promise_days"}
