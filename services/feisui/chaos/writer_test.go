package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"feisui/services/feisui/serve"
)

// communities is how many there are; a writer has those whose number, divided by
// the writers, leaves its own.
const communities = 160

// attemptMax is how long a writer waits for an answer before it asks again.
const attemptMax = 3 * time.Second

// command is one thing that a writer wants recorded.
type command struct {
	intent string // what it is, whatever it is called: "w3-17"
	id     string // the request id
	sheet  string
	fields map[string]string
	fen    int64 // the amount of a payment or an arrival

	answer serve.Imported
}

func communityCode(i int) string { return fmt.Sprintf("321204001%03d", i+1) }

// commandOf gives the n-th command of a writer: tasks, each with its money by
// way of the street, its arrival and its end, and a plaque. again is 0, or the
// number of the try when each is to be a command of its own.
func commandOf(writer, writers, n, again int) *command {
	c := &command{intent: fmt.Sprintf("w%d-%d", writer, n)}
	c.id = c.intent
	mark := ""
	if again > 0 {
		mark = fmt.Sprintf(".%d", again)
		c.id += mark
	}
	round := n / 6
	number := fmt.Sprintf("W%dR%d", writer, round)
	community := communityCode((writer + writers*round) % communities)
	fen := int64(10_000 + 37*round + writer)
	amount := fmt.Sprintf("%d.%02d", fen/100, fen%100)
	street := "321204001"
	switch n % 6 {
	case 0:
		c.sheet, c.fields = "tasks", map[string]string{
			"no": number, "department": "D01", "community": community, "item": "W1",
			"issued_on": "2025-03-01", "amount": amount, "due_on": "2025-11-30",
		}
	case 1:
		c.sheet, c.fen = "payments", fen
		c.fields = map[string]string{
			"voucher": "A" + number, "paid_on": "2025-03-10", "payer": "D01", "payee": street,
			"community": community, "purpose": "task:" + number, "amount": amount,
		}
	case 2:
		c.sheet, c.fen = "payments", fen
		c.fields = map[string]string{
			"voucher": "B" + number, "paid_on": "2025-03-20", "payer": street, "payee": community,
			"community": community, "amount": amount, "upstream": "A" + number,
		}
	case 3:
		c.sheet, c.fen = "arrivals", fen
		c.fields = map[string]string{"voucher": "B" + number, "confirmed_on": "2025-03-25", "amount": amount}
	case 4:
		c.sheet, c.fields = "completions", map[string]string{"task": number, "completed_on": "2025-10-31"}
	default:
		if round%2 == 1 {
			c.sheet, c.fen = "payments", fen
			c.fields = map[string]string{
				"voucher": "D" + number + mark, "paid_on": "2025-04-01", "payer": "D01", "payee": community,
				"community": community, "purpose": "department", "amount": amount,
			}
			break
		}
		c.sheet, c.fields = "plaques", map[string]string{
			"no": number + mark, "community": community, "department": "D01", "title": "服务站", "zone": "outside", "hung_on": "2025-05-01",
		}
	}
	return c
}

// write sends commands one after the other, each until it is answered.
func (r *run) write(ctx context.Context, writer int, draw *rand.Rand) {
	for n := 0; ctx.Err() == nil; n++ {
		c := r.sendUntilAnswered(writer, n, draw)
		if c == nil {
			return
		}
		r.ack(c)
		switch draw.IntN(24) {
		case 0, 1:
			r.again(c, draw)
		case 2:
			r.otherBody(c, draw)
		case 3:
			r.atOnce(commandOf(writer+r.plan.writers, 2*r.plan.writers, n, 0), draw)
		default:
		}
		wait(r.plan.pause, ctx.Done(), nil)
	}
}

const answeredFromID = "committed without an answer, and answered from the id"

// sendUntilAnswered is what a client does that wants to be sure: the same
// request again after every error. nil says that the run is over for it.
func (r *run) sendUntilAnswered(writer, n int, draw *rand.Rand) *command {
	unanswered := false
	for try := 0; ; try++ {
		c := commandOf(writer, r.plan.writers, n, 0)
		if r.plan.newIDs {
			c = commandOf(writer, r.plan.writers, 12*n+11, try) // payments alone, each try another
		}
		if !r.until(c, draw, &unanswered) {
			continue
		}
		if r.stopped() {
			return nil
		}
		if c.answer.Repeated && unanswered {
			r.count(answeredFromID, 1)
		}
		return c
	}
}

// until sends a command once, to a service that is up, and says whether it was
// answered. It ends the run when it was refused.
func (r *run) until(c *command, draw *rand.Rand, unanswered *bool) bool {
	s := r.anyUp(draw)
	if s == nil {
		return true
	}
	status, text, err := r.send(s, c.id, c.sheet, c.fields)
	switch {
	case err != nil:
		*unanswered = true
		r.count("tries without an answer", 1)
		return false
	case status > http.StatusInternalServerError:
		*unanswered = true
		r.count("answers that say to try again: "+codeOf(status, text), 1)
		return false
	case status != http.StatusOK:
		r.fail("%s %v is refused: %d %s", c.id, c.fields, status, text)
		return true
	}
	if err := json.Unmarshal(text, &c.answer); err != nil {
		r.fail("%s: %v: %s", c.id, err, text)
	}
	s.mu.Lock()
	s.acked = append(s.acked, time.Now())
	s.mu.Unlock()
	return true
}

func codeOf(status int, text []byte) string {
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(text, &p) // the status says enough
	return fmt.Sprint(status, " ", p.Code)
}

// anyUp waits for a service that is up; nil says that the run has failed.
func (r *run) anyUp(draw *rand.Rand) *slot {
	for !r.stopped() {
		for _, i := range draw.Perm(len(r.slots)) {
			if r.slots[i].up.Load() {
				return r.slots[i]
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil
}

func (r *run) send(s *slot, id, sheet string, fields map[string]string) (status int, text []byte, err error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithTimeout(r.base, attemptMax)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/v1/counties/"+county+"/"+sheet, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Request-Id", id)
	answer, err := r.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// again sends what was answered once more: it must have the same answer.
func (r *run) again(c *command, draw *rand.Rand) {
	twin := *c
	unanswered := false
	for !r.until(&twin, draw, &unanswered) {
		continue
	}
	if r.stopped() {
		return
	}
	r.count("sent again on purpose", 1)
	want := c.answer
	want.Repeated = true
	if twin.answer != want {
		r.fail("%s was answered %+v, and when it was sent again %+v", c.id, c.answer, twin.answer)
	}
}

// otherBody sends something else under the id of what was answered: it must be
// refused.
func (r *run) otherBody(c *command, draw *rand.Rand) {
	for {
		s := r.anyUp(draw)
		if s == nil {
			return
		}
		status, text, err := r.send(s, c.id, "departments", map[string]string{"code": "X" + c.intent, "name": "某局", "kind": "department"})
		switch {
		case err != nil || status >= http.StatusInternalServerError:
			continue
		case status != http.StatusConflict:
			r.fail("another body under the id %s: %d %s", c.id, status, text)
		}
		r.count("other bodies under a known id, refused", 1)
		return
	}
}

// atOnce sends a command from two sides at the same moment: one recording, two
// equal answers.
func (r *run) atOnce(c *command, draw *rand.Rand) {
	// A round of its own would name a task that nobody assigned.
	c.sheet, c.fields, c.fen = "plaques", map[string]string{
		"no": "T" + c.intent, "community": communityCode(draw.IntN(communities)), "department": "D01", "title": "服务站", "zone": "outside", "hung_on": "2025-05-01",
	}, 0
	c.id, c.intent = "twice-"+c.intent, "twice-"+c.intent
	twins := [2]command{*c, *c}
	done := make(chan struct{})
	other := rand.New(rand.NewPCG(draw.Uint64(), 1))
	go func() {
		defer close(done)
		for unanswered := false; !r.until(&twins[1], other, &unanswered); {
			continue
		}
	}()
	for unanswered := false; !r.until(&twins[0], draw, &unanswered); {
		continue
	}
	<-done
	if r.stopped() {
		return
	}
	r.count("sent twice at once", 1)
	a, b := twins[0].answer, twins[1].answer
	if a.Position != b.Position || a.New != b.New {
		r.fail("%s was sent twice at once, and answered %+v and %+v", c.id, a, b)
	}
	r.ack(&twins[0])
}
