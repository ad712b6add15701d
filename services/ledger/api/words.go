package api

import (
	"embed"
	"io/fs"

	"feisui/pkg/message"
	"feisui/pkg/money"
	"feisui/services/ledger/reconcile"
)

//go:embed messages
var messages embed.FS

// Messages are the words of the answers.
var Messages = message.MustLoad(fs.Sub(messages, "messages"))

// Phrase is a text in both languages.
type Phrase struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// say gives a text of the catalogue, its placeholders filled with texts of the same
// language: names and phrases in turn.
func say(key string, with ...any) Phrase {
	zh, en := message.Args{}, message.Args{}
	for i := 0; i+1 < len(with); i += 2 {
		name := with[i].(string)
		switch value := with[i+1].(type) {
		case Phrase:
			zh[name], en[name] = value.Chinese, value.English
		case string:
			zh[name], en[name] = value, value
		}
	}
	return Phrase{
		Messages.Say(message.Chinese, message.Text{Key: key, Args: zh}), Messages.Say(message.English, message.Text{Key: key, Args: en}),
	}
}

// feeOf says in plain words how a fee is found: by which rule, at which rate, and
// when it is paid.
func feeOf(rule string, rate *money.Decimal, timing string) Phrase {
	fee := say("fee_" + rule)
	switch reconcile.Rule(rule) {
	case reconcile.None:
		return fee
	case reconcile.Agreed:
	default:
		fee = feeAt(rule, rate)
	}
	if timing == "" {
		return fee
	}
	return say("with_timing", "fee", fee, "timing", say("timing_"+timing))
}

func feeAt(rule string, rate *money.Decimal) Phrase {
	switch {
	case rate == nil:
		return say("fee_unset", "rule", say("rule_"+rule))
	case reconcile.Rule(rule) == reconcile.Ratio:
		return say("fee_"+rule, "rate", rate.String())
	}
	return say("fee_"+rule, "rate", rate.Shift(-2).String())
}

// unitOf is what a fee is counted by, nil where it is not counted.
func unitOf(rule string) *Phrase {
	if !Messages.Has("unit_" + rule) {
		return nil
	}
	unit := say("unit_" + rule)
	return &unit
}

// foundOf says how a task's fee was found: the rate and what it is multiplied by.
func foundOf(f *TaskFee) Phrase {
	switch rule := reconcile.Rule(f.Rule); {
	case rule == reconcile.Own, rule == reconcile.Unlisted:
		return say("found_" + f.Rule)
	case rule == reconcile.None, rule == reconcile.Agreed:
		return say("fee_" + f.Rule)
	case f.Rate == nil:
		return feeAt(f.Rule, nil)
	case f.Count == nil:
		return say("found_uncounted", "fee", feeAt(f.Rule, f.Rate), "count", say("by_"+f.By))
	case f.By == string(reconcile.ByBase):
		return say("found_ratio", "rate", f.Rate.String(), "count", f.Count.Shift(-2).String())
	}
	return say("found_times", "rate", f.Rate.Shift(-2).String(), "count", f.Count.String(), "by", say("by_"+f.By))
}
