package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"feisui/schemas"
)

// ordered is a JSON object whose members stand in the order in which a person
// reads them.
type ordered []member

type member struct {
	name  string
	value any
}

// MarshalJSON keeps the order. It fails where a value cannot be written.
func (o ordered) MarshalJSON() ([]byte, error) {
	b := []byte("{")
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := plainJSON(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		b = fmt.Appendf(b, "%q:%s", m.name, value)
	}
	return append(b, '}'), nil
}

// plainJSON writes angle brackets and ampersands as they are: nobody reads this
// inside of HTML.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// asyncAPI describes what a county sends on NATS: a channel, an operation and a
// message for each type. Its examples are the goldens.
func asyncAPI(src source, goldens files) ([]byte, error) {
	var channels, operations, messages ordered
	for _, name := range schemas.Types() {
		message, err := asyncMessage(name, src, goldens)
		if err != nil {
			return nil, err
		}
		messages = append(messages, member{name, message})
		channels = append(channels, member{name, ordered{
			{"address", "feisui.{county}." + name},
			{"title", titles[name]},
			{"messages", ordered{{name, ref("#/components/messages/" + name)}}},
			{"parameters", ordered{{"county", ref("#/components/parameters/county")}}},
		}})
		operations = append(operations, member{name, ordered{
			{"action", "send"},
			{"title", titles[name]},
			{"channel", ref("#/channels/" + name)},
			{"messages", []any{ref("#/channels/" + name + "/messages/" + name)}},
		}})
	}
	line, err := plainJSON(ordered{
		{"asyncapi", "3.0.0"},
		{"info", ordered{
			{"title", "费随：县级台账在 NATS 上发出的消息 (Feisui: what a county sends on NATS)"},
			{"version", "1.0.0"},
			{"description", about},
		}},
		{"defaultContentType", "application/json"},
		{"servers", ordered{{"county", ordered{
			{"host", "127.0.0.1:4222"},
			{"protocol", "nats"},
			{"description", aboutServer},
		}}}},
		{"x-jetstream", ordered{
			{"stream", "FEISUI_{county}"},
			{"subjects", "feisui.{county}.*.>"},
			{"max-age", "P30D"},
			{"sequence", "ce-position"},
		}},
		{"channels", channels},
		{"operations", operations},
		{"components", ordered{
			{"parameters", ordered{{"county", ordered{
				{"description", "县的代号，即 feisui run --county 所给；字母、数字、- 和 _ (the county's name: letters, digits, - and _)"},
				{"default", "county"},
			}}}},
			{"schemas", ordered{{"headers", headers()}}},
			{"messages", messages},
		}},
	})
	if err != nil {
		return nil, err
	}
	return indented(line)
}

func ref(to string) ordered { return ordered{{"$ref", to}} }

func asyncMessage(name string, src source, goldens files) (ordered, error) {
	if titles[name] == "" {
		return nil, fmt.Errorf("%s has no Chinese title in gen/titles.go", name)
	}
	examples, err := asyncExamples(name, goldens)
	if err != nil {
		return nil, err
	}
	message := ordered{
		{"name", name},
		{"title", titles[name]},
		{"summary", sentence(src.types[reflect.TypeOf(schemas.New(name)).Name()])},
		{"contentType", "application/json"},
		{"headers", ordered{
			{"type", "object"},
			{"allOf", []any{ref("#/components/schemas/headers"), ordered{{"properties", ordered{
				{"ce-type", ordered{{"const", name}}},
				{"ce-subject", ordered{{"pattern", "^" + schemas.Category(name) + "/"}}},
				{"ce-dataschema", ordered{{"const", urn + name}}},
			}}}}},
		}},
		{"payload", ref("events/" + name + ".json")},
	}
	if len(examples) > 0 {
		message = append(message, member{"examples", examples})
	}
	return message, nil
}

// asyncExamples gives every golden of a type with the headers that it would
// travel under.
func asyncExamples(name string, goldens files) (examples []any, err error) {
	for n := 1; n <= highest(name, goldens); n++ {
		file := fmt.Sprintf("%s.%d.json", name, n)
		payload, ok := goldens[file]
		if !ok {
			continue
		}
		e, err := schemas.Decode(name, payload)
		if err != nil {
			return nil, fmt.Errorf("golden %s: %w", file, err)
		}
		examples = append(examples, ordered{
			{"name", strings.TrimSuffix(file, ".json")},
			{"headers", exampleHeaders(name, e.Stream())},
			{"payload", json.RawMessage(payload)},
		})
	}
	return examples, nil
}

func exampleHeaders(name, stream string) (h ordered) {
	values := map[string]string{"ce-type": name, "ce-subject": percentEncoded(stream), "ce-dataschema": urn + name}
	for _, a := range attributes {
		value := a.example
		if values[a.name] != "" {
			value = values[a.name]
		}
		h = append(h, member{a.name, value})
	}
	return h
}

// percentEncoded writes a value as CloudEvents wants it in a header.
func percentEncoded(value string) string {
	var b strings.Builder
	for _, c := range []byte(value) {
		if c <= ' ' || c > '~' || c == '"' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

const (
	whole   = `^[1-9][0-9]*$`
	encoded = "；空格、引号、百分号和汉字等非 ASCII 字节按百分号编码 (percent-encoded)"
)

// attributes are the headers of every message, CloudEvents 1.0 in the binary
// mode of its NATS binding. A header is text, numbers too.
var attributes = []struct {
	name, example, says string
	rule                member
}{
	{"ce-specversion", "1.0", "CloudEvents 的版本 (the version of CloudEvents)", member{"const", "1.0"}},
	{"ce-id", "0198f3a1-7c11-7b52-9c2e-0d5f6a7b8c9d", "该条的编号，不会重复 (the entry's id, a UUID)", member{"format", "uuid"}},
	{"ce-source", "/counties/county", "哪个县的台账：/counties/{county} (the county whose journal holds the entry)", member{"pattern", `^/counties/[0-9A-Za-z_-]+$`}},
	{"ce-type", "", "事件类型 (the event type): task.assigned", member{"pattern", `^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$`}},
	{"ce-subject", "", "说的是哪一件 (the stream): task/JB2025-0031" + encoded, member{"pattern", `^[a-z]+(_[a-z]+)*/[!-~]+$`}},
	{"ce-time", "2025-03-14T01:26:53.589793Z", "登记的时刻，不是业务日期 (when the entry was recorded)", member{"format", "date-time"}},
	{"content-type", "application/json", "内容是 JSON，UTF-8 (the payload is JSON)", member{"const", "application/json"}},
	{"ce-dataschema", "", "内容所依的 JSON Schema 的 $id (the $id of the payload's schema)", member{"pattern", "^" + urn}},
	{"ce-position", "4711", "在全县台账中的序号：1、2、3……不缺不重，等于 JetStream 的流序号 (the place in the county's journal; equals the stream sequence)", member{"pattern", whole}},
	{"ce-version", "3", "在这一件中的序号：1、2、3…… (the place in its stream)", member{"pattern", whole}},
	{"ce-request", "7f3a", "哪一次请求登记的 (the request that recorded it)" + encoded, member{"minLength", 1}},
}

// headers is the schema of what every message has. Others may come.
func headers() ordered {
	var required []string
	var properties ordered
	for _, a := range attributes {
		required = append(required, a.name)
		properties = append(properties, member{a.name, ordered{{"type", "string"}, {"description", a.says}, a.rule}})
	}
	return ordered{
		{"type", "object"},
		{"description", "每条消息的消息头：CloudEvents 1.0，NATS 的二进制模式；名称区分大小写，值都是文本。不认识的消息头请略过。" +
			" (The headers of every message: CloudEvents 1.0 in the binary mode of NATS. Pass over headers that you do not know.)"},
		{"required", required},
		{"properties", slices.Concat(properties, ordered{
			{"Feisui-Position", ordered{
				{"type", "string"},
				{"description", "同 ce-position，供费随自用 (as ce-position, for Feisui's own use)"},
				{"pattern", whole},
			}},
		})},
		{"patternProperties", ordered{
			{"^Nats-", ordered{{"type", "string"}, {"description", "NATS 服务器自用 (the NATS server's own)"}}},
		}},
	}
}

const aboutServer = "feisui run --nats-listen 127.0.0.1:4222（或 FEISUI_NATS_LISTEN）打开的端口。" +
	"没有账户：能连上的都能读写，只供本机使用；跨机器请用有账户的 NATS（FEISUI_NATS_URL）。" +
	" (The port that feisui run opens. It has no accounts: whoever reaches it may read and write.)"

// about is what a reader may count on.
const about = `县级台账每记一条（交办、拨付、到账、挂牌……），就在 NATS 上发一条消息。凭本文件即可订阅，不需要费随的代码；步骤和示例程序见 docs/events.md。

- **谁发谁收**：本文件描述的应用是费随，所以每个 operation 都是 send；订阅者对应的是 receive。订阅者不要向这些主题发消息。
- **流**：每县一个 JetStream 流 FEISUI_{county}，主题为 feisui.{county}.类别.事件，如 feisui.county.task.assigned。
- **次序**：ce-position 是该条在全县台账中的序号，1、2、3……不缺号、不重号，与 JetStream 的流序号相等。一县之内有序，每条在流中至多一次。
- **保留**：流中只留 30 天，也可能被清空；清空后费随从第 1 条起重新发出，序号、编号和内容都不变。
- **读者**：把读到的序号与处理结果一起保存，从下一号接着读。序号不大于已读的，略过；序号跳了，是 NATS 上缺了，不是没有发生，台账里有。
- **变化**：内容只增加字段，不改名、不改义；不认识的字段、消息头、类型请略过，序号照记。没有的字段是没有填，不是 0。金额单位是分，日期按北京时间。
- **不在本文件**：feisui.{county}.bell 是费随内部的提醒，不保证送达，请勿依赖。

A county sends a message on NATS for every entry of its journal. Whoever subscribes by this document needs no code of Feisui.

- **Who sends**: the application described here is Feisui, so every operation says send; a subscriber receives. Do not publish to these subjects.
- **Stream**: a county has one JetStream stream, FEISUI_{county}, with the subjects feisui.{county}.category.event.
- **Order**: ce-position is the entry's place in the county's journal, 1, 2, 3 … without a gap, and equals the sequence in the stream. Within a county the stream has every entry at most once and in order.
- **How long**: the stream keeps 30 days, and may be wiped. Feisui then sends everything again from the first entry on, with the same positions, ids and bytes.
- **Readers** keep the position together with what they did, and go on with the next. A position that is not greater is passed over. A position that is skipped is missing on NATS, not in the journal.
- **Growth**: payloads only gain fields. Pass over fields, headers and types that you do not know, and count their positions. A field that is absent was not given, which is never 0. Amounts are fen, dates are days in Asia/Shanghai.
- **Not here**: feisui.{county}.bell is Feisui's own, and may be lost.
`
