package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"feisui/pkg/access"
	"feisui/pkg/civil"
	"feisui/pkg/code"
	"feisui/pkg/journal"
	"feisui/pkg/money"
	"feisui/pkg/web"
	"feisui/pkg/workbook"
	"feisui/schemas"
	"feisui/services/feisui/act"
	"feisui/services/feisui/record"
)

// statementMax bounds a bank statement: thousands of lines are a few megabytes.
const statementMax = 32 << 20

// routeBank registers what is done with statements of banks and the treasury.
func (s *Server) routeBank(api *web.API) {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "流水：一个 CSV 或 XLSX 文件 (one CSV or XLSX file)"}
	web.Register(api, huma.Operation{
		OperationID: "bankStatement", Method: http.MethodPost, Path: "/v1/counties/{county}/bank-statements", Tags: []string{"act"},
		Summary: "导入银行或国库流水 (import a statement of a bank or the treasury)",
		Description: "一个文件，各列由 mapping 对应，按来源记住。写明交办单号，或写明事项和社区的行，登记为拨付；其余列入待匹配流水，不计入任何数字，直到有人认领。" +
			" 凭证号已登记且内容一致的不变，不一致的拒绝并列出两者。合计须与 total 一致。要么全部登记，要么全部不登记；dry_run=true 只预览。" +
			" (Columns are mapped, and the mapping is remembered by source. A line that names its task, or its item and community, becomes a payment;" +
			" others wait in a pool that counts in no figure. All of it is recorded, or nothing; with dry_run=true nothing is.)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file},
		}}}},
	}, append([]web.Refusal{
		{Status: http.StatusUnsupportedMediaType, Code: "CONTENT_TYPE", Chinese: "应以 multipart/form-data 上传一个文件"},
		{Status: http.StatusBadRequest, Code: "UPLOAD", Chinese: "上传不完整"},
		{Status: http.StatusUnprocessableEntity, Code: "MAPPING", Chinese: "对应关系或来源有误"},
		{Status: http.StatusUnprocessableEntity, Code: "CONTROL_TOTAL", Chinese: "合计或行数与所填不符"},
		{Status: http.StatusUnprocessableEntity, Code: "WORKBOOK_REFUSED", Chinese: "数据有误，全部未登记，逐条列出"},
	}, acts...), s.bankStatement)
	web.Register(api, huma.Operation{
		OperationID: "bankPool", Method: http.MethodGet, Path: "/v1/counties/{county}/bank-pool", Tags: []string{"act"},
		Summary:     "待匹配流水 (the lines that wait)",
		Description: "银行说了而账上没有的：共几笔、多少钱、等了多久。 (What the bank said and no payment does: how many, how much, for how long.)",
		Responses:   api.Listed(BankPool{}),
	}, append([]web.Refusal{
		countyUnknown, blocked, {Status: http.StatusUnprocessableEntity, Code: "WORD", Chinese: "不是可选的值"},
	}, web.ExportRefusals...), s.bankPool)
	s.routeBankColumns(api)
}

// bankIn is a statement as it comes in.
type bankIn struct {
	web.OfCounty
	web.Mutation
	DryRun
	web.Stream
	Source string `query:"source" doc:"来源，如哪个账户；对应关系按此记住 (what the account is called; the mapping is remembered under it)" example:"零余额账户"`
	//nolint:lll // what people read of it stands in the tag
	Mapping string `query:"mapping" doc:"JSON：我方列名到文件表头。不填则用上次的 (a JSON object of our column and the file's header; without it, as the last time)" example:"{\"voucher\":\"支付凭证号\"}"`
	Payer   string `query:"payer" doc:"付款方，文件没有付款方一列时填 (who pays, where no column says so)" example:"D01"`
	Total   string `query:"total" doc:"所填合计，元；预览时可不填 (the control total in yuan; a preview needs none)" example:"8350.00"`
	Lines   string `query:"lines" doc:"所填行数，可不填 (the number of lines)" example:"12"`
}

// BankStatement is the answer to a statement.
type BankStatement struct {
	Source   string            `json:"source"`
	Mapping  map[string]string `json:"mapping" doc:"所用的对应关系 (the mapping that was used)"`
	Lines    int               `json:"lines" doc:"行数 (lines of the file)"`
	Total    money.Fen         `json:"total" doc:"合计，分 (their sum, in fen)"`
	Payments Share             `json:"payments" doc:"登记为拨付 (those that became payments)"`
	Pool     Share             `json:"pool" doc:"列入待匹配 (those that wait until somebody places them)"`
	Known    Share             `json:"known" doc:"早已登记 (those that were known)"`
	List     []BankLine        `json:"list" doc:"逐行，至多 1000 行 (line by line, the first thousand)"`
	More     int               `json:"more" doc:"未列出的行数 (lines that are not listed)"`
	Position int64             `json:"position" doc:"登记之后记录的末尾；预览为 0 (the journal's end; 0 of a preview)"`
	Repeated bool              `json:"repeated" doc:"此请求此前已得到回答 (the very request was answered before)"`
}

// Share is a part of a statement's lines.
type Share struct {
	Lines int       `json:"lines"`
	Total money.Fen `json:"total" doc:"分 (in fen)"`
}

// BankLine is a line of a statement and what becomes of it.
type BankLine struct {
	Row       int        `json:"row" doc:"文件中的行号 (the row of the file)"`
	Voucher   string     `json:"voucher"`
	Amount    money.Fen  `json:"amount"`
	PaidOn    civil.Date `json:"paid_on"`
	Payer     string     `json:"payer" doc:"认出的付款方代码 (as it is understood, by code)"`
	Payee     string     `json:"payee,omitempty" doc:"认出的收款方代码 (likewise; none: nobody is called so)"`
	Community string     `json:"community,omitempty" doc:"受益社区 (the community it is for)"`
	Outcome   string     `json:"outcome" enum:"payment,pool,known"`
	Rule      string     `json:"rule,omitempty" doc:"按什么匹配：task 交办单号，item 事项和社区 (what matched)"`
	Purpose   string     `json:"purpose,omitempty"`
	Why       string     `json:"why,omitempty" doc:"缺什么：payee, community, purpose；tasks 不止一个任务；limit 超限额须两人；closed 所属月份已结账；upstream 转拨的凭证还不是拨付 (what it lacked; closed: its month is; upstream: what it passes on is no payment yet)"`
	Upstream  string     `json:"upstream,omitempty" doc:"上级凭证 (the voucher that it passes on)"`
}

type bankOut struct{ Body BankStatement }

// bankLinesMax bounds how many lines an answer lists.
const bankLinesMax = 1000

func (s *Server) bankStatement(ctx context.Context, in *bankIn) (*bankOut, error) {
	c, err := s.county(in.County)
	if err != nil {
		return nil, err
	}
	dry, err := in.dry()
	if err != nil {
		return nil, err
	}
	statement, fingerprint, err := s.readBank(ctx, in, dry)
	if err != nil {
		return nil, err
	}
	statement.Actor, statement.Scope = access.From(ctx), access.Within(ctx)
	going, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordMax)
	defer cancel()
	asked := strings.Join([]string{"bank", in.Source, in.Mapping, in.Payer, in.Total, in.Lines}, "\x00")
	request := journal.Request{
		County: c.name, ID: requestOf(statement.Actor, in.RequestID), Actor: statement.Actor.ID, Kind: journal.Act,
		Fingerprint: whose(statement.Actor, []byte(asked), fingerprint[:]),
	}
	var answer BankStatement
	for range importAttemptsMax {
		answer, err = s.tryBank(going, c, statement, request, dry)
		if !errors.Is(err, journal.ErrConflict) && !errors.Is(err, journal.ErrMoved) {
			break
		}
	}
	switch {
	case errors.Is(err, journal.ErrConflict), errors.Is(err, journal.ErrMoved):
		return nil, busy()
	case err != nil || dry:
		return &bankOut{answer}, err
	}
	return &bankOut{answer}, c.wait(ctx, answer.Position)
}

// readBank receives a statement and reads it by its mapping, or by the one that was
// used for its source before.
func (s *Server) readBank(ctx context.Context, in *bankIn, dry bool) (*act.Statement, [32]byte, error) {
	var digest [32]byte
	columns, payer, err := s.mapping(ctx, in)
	if err != nil {
		return nil, digest, err
	}
	folder, err := os.MkdirTemp("", "feisui-statement-")
	if err != nil {
		return nil, digest, err
	}
	defer s.remove(folder)
	path, digest, err := receiveOne(&in.Stream, folder)
	if err != nil {
		return nil, digest, err
	}
	layout := record.StatementLayout(columns)
	book, err := workbook.Open(path, layout)
	if err != nil {
		return nil, digest, err
	}
	defer book.Close()
	lines, err := record.ReadStatement(book, layout, columns, payer)
	if err != nil {
		return nil, digest, err
	}
	return &act.Statement{
		Source: in.Source, Payer: payer, Columns: columns, Digest: hex.EncodeToString(digest[:]), Lines: lines,
	}, digest, in.control(lines, dry)
}

// receiveOne writes the one file of an upload into a folder of its own, under a
// name that says nothing but what kind it is.
func receiveOne(body *web.Stream, folder string) (path string, digest [32]byte, err error) {
	inside := filepath.Join(folder, "file")
	if err := os.Mkdir(inside, 0o700); err != nil {
		return "", digest, err
	}
	if _, _, err = receive(body, inside, statementMax); err != nil {
		return "", digest, err
	}
	files, err := os.ReadDir(inside)
	if err != nil {
		return "", digest, err
	}
	if len(files) != 1 {
		return "", digest, refuse(http.StatusUnsupportedMediaType, "CONTENT_TYPE", "应上传一个文件", "expected one file")
	}
	path = filepath.Join(inside, files[0].Name())
	content, err := os.ReadFile(path)
	if err != nil {
		return "", digest, err
	}
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		path = inside // as a folder of one sheet; what other files are, the reader says
	}
	return path, sha256.Sum256(content), nil
}

// control compares a statement with what somebody who read it says of it.
func (in *bankIn) control(lines []record.StatementLine, dry bool) error {
	var sum money.Fen
	for i := range lines {
		sum = sum.Plus(lines[i].Amount)
	}
	if in.Lines != "" && in.Lines != strconv.Itoa(len(lines)) {
		found := strconv.Itoa(len(lines))
		return refuse(http.StatusUnprocessableEntity, "CONTROL_TOTAL", "所填 "+in.Lines+" 行，文件有 "+found+" 行", "expected "+in.Lines+" lines, the file has "+found)
	}
	if in.Total == "" && dry {
		return nil
	}
	total, err := money.ParseAmount(code.HalfWidth(strings.TrimSpace(in.Total)))
	switch {
	case err != nil:
		return refuse(http.StatusUnprocessableEntity, "CONTROL_TOTAL", "请填写合计 total（元），文件合计 "+sum.Yuan()+" 元", "expected the total in yuan; the file's is "+sum.Yuan())
	case total != sum:
		return refuse(http.StatusUnprocessableEntity, "CONTROL_TOTAL",
			"所填合计 "+total.Yuan()+" 元，文件合计 "+sum.Yuan()+" 元", "expected a total of "+total.Yuan()+" yuan, the file's is "+sum.Yuan())
	}
	return nil
}

// sourceMax is how many characters the name of a source may have.
const sourceMax = 64

// mapping is how the file is read: as is said, or as the last one of its source was.
func (s *Server) mapping(ctx context.Context, in *bankIn) (columns map[string]string, payer string, err error) {
	in.Source = strings.TrimSpace(in.Source)
	if n := utf8.RuneCountInString(in.Source); n == 0 || n > sourceMax || strings.ContainsAny(in.Source, "\r\n\x00") || !utf8.ValidString(in.Source) {
		return nil, "", refuse(http.StatusUnprocessableEntity, "MAPPING", "请填写来源 source，1 至 64 个字，一行", "expected a source of 1 to 64 characters on one line")
	}
	if in.Mapping != "" {
		columns, err = mappingOf(in.Mapping)
		return columns, in.Payer, err
	}
	err = s.seeing(ctx, in.County, func(c *act.County) error {
		last, known := c.Mapped(in.Source)
		if columns, payer = map[string]string{}, in.Payer; known {
			columns = last.Columns
			if payer == "" {
				payer = last.Payer
			}
		}
		return nil
	})
	return columns, payer, err
}

// mappingOf reads a mapping: each of our columns has one header, and no header two.
func mappingOf(text string) (map[string]string, error) {
	wrong := func(zh, en string) error { return refuse(http.StatusUnprocessableEntity, "MAPPING", zh, en) }
	fields, err := record.Object([]byte(text))
	if err != nil {
		return nil, wrong("mapping 应为一个 JSON 对象："+err.Error(), "mapping: expected one JSON object: "+err.Error())
	}
	columns, taken := map[string]string{}, map[string]string{}
	for _, f := range fields {
		var header string
		if json.Unmarshal(f.Value, &header) != nil || strings.TrimSpace(header) == "" || utf8.RuneCountInString(header) > sourceMax {
			return nil, wrong("mapping 中 "+f.Name+" 应为一个表头", "mapping: expected a header for "+f.Name)
		}
		if !slices.Contains(record.StatementColumns(), f.Name) {
			list := strings.Join(record.StatementColumns(), ", ")
			return nil, wrong("mapping 中没有 "+f.Name+" 这一列，可用："+list, "mapping: no column "+f.Name+", expected one of "+list)
		}
		if other := taken[header]; other != "" {
			return nil, wrong("表头“"+header+"”不能同时对应 "+other+" 和 "+f.Name, "mapping: the header "+header+" stands for "+other+" and "+f.Name)
		}
		if f.Name == "amount" && record.InTenThousands(header) {
			return nil, wrong("金额应以元为单位，表头“"+header+"”以万元为单位，请换算后导入", "amounts are in yuan, and "+header+" is in ten thousands: convert them first")
		}
		columns[f.Name], taken[header] = header, f.Name
	}
	return columns, nil
}

// tryBank decides on a statement and appends once.
func (s *Server) tryBank(ctx context.Context, c *county, statement *act.Statement, request journal.Request, dry bool) (answer BankStatement, err error) {
	if err := c.past.keeper.CatchUp(ctx); err != nil {
		return answer, err
	}
	if _, seen, err := s.journal.Find(ctx, c.name, request.ID); !dry && (err != nil || seen) {
		if err != nil {
			return answer, err
		}
		return bankBefore(s.journal.Append(ctx, request))
	}
	var taken *act.Taken
	request.Events, err = c.past.decideAtEnd(ctx, func() ([]schemas.Event, error) {
		var err error
		if taken, err = c.past.county(s.calendar).TakeStatement(statement); err != nil {
			return nil, err
		}
		if request.Head = 0; taken.Still {
			request.Head = c.past.keeper.At()
		}
		request.Unmoved = c.past.closings(taken.Events)
		return taken.Events, nil
	})
	if err != nil {
		return answer, err
	}
	if answer = bankAnswer(statement, taken); dry {
		return answer, nil
	}
	if request.Answer, err = json.Marshal(answer); err != nil {
		return answer, err
	}
	receipt, err := s.journal.Append(ctx, request)
	if err != nil && !errors.Is(err, journal.ErrOtherBody) {
		return answer, errors.Join(err, c.past.catchUp(ctx))
	}
	return bankBefore(receipt, err)
}

// bankBefore is the answer to a request that is in the journal.
func bankBefore(receipt journal.Receipt, err error) (answer BankStatement, _ error) {
	if err := reused(err); err != nil {
		return answer, err
	}
	err = json.Unmarshal(receipt.Answer, &answer)
	answer.Position, answer.Repeated = receipt.Last, receipt.Repeated
	return answer, err
}

func bankAnswer(s *act.Statement, t *act.Taken) BankStatement {
	share := func(of act.Outcome) Share {
		n, sum := t.Count(of)
		return Share{n, sum}
	}
	a := BankStatement{
		Source: s.Source, Mapping: s.Columns, Lines: len(t.Lines), Total: t.Total,
		Payments: share(act.Pays), Pool: share(act.Pooled), Known: share(act.Known), List: []BankLine{},
		More: max(0, len(t.Lines)-bankLinesMax),
	}
	for i := range t.Lines[:min(len(t.Lines), bankLinesMax)] {
		l := &t.Lines[i]
		payer, payee, community := l.Parties()
		a.List = append(a.List, BankLine{
			l.Row, l.Voucher, l.Amount, l.PaidOn, payer, payee, community, string(l.Outcome), l.Rule, l.Purpose, l.Why, l.Upstream,
		})
	}
	return a
}
