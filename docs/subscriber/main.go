// Command subscriber is a sample for programs that are not Feisui's: it follows
// what a county records, by nothing but schemas/asyncapi.json and a NATS client.
//
//	go run ./docs/subscriber -nats nats://127.0.0.1:4222 -county county -to events.jsonl
//
// Every entry becomes one line of JSON at the end of the file: position, type,
// stream, data. The file's last line is also where the program goes on when it
// starts again: what was done and how far it got are written together, or one of
// them would be lost with the power. In a database of your own, store the
// position in the transaction that stores what the entry changed.
//
// A file has every entry once and none is skipped. Where the bus no longer holds
// the next entry, the program says so and ends.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "subscriber:", err)
		os.Exit(1)
	}
}

func realMain(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("subscriber", flag.ContinueOnError)
	server := flags.String("nats", "nats://127.0.0.1:4222", "NATS 地址 (where NATS is)")
	county := flags.String("county", "county", "县 (the county)")
	to := flags.String("to", "events.jsonl", "写到哪个文件，也从中接着读 (the file to write to and to go on from)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	file, err := os.OpenFile(*to, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	position, err := resume(file)
	if err == nil {
		err = follow(ctx, *server, *county, position, file)
	}
	return errors.Join(err, file.Close())
}

// event is a line of the file.
type event struct {
	Position uint64          `json:"position"` // in the county's journal: 1, 2, 3 …
	Type     string          `json:"type"`     // task.assigned
	Stream   string          `json:"stream"`   // task/JB2025-0031
	Data     json.RawMessage `json:"data"`     // as schemas/events/<type>.json says
}

// resume gives the position of the file's last line, 0 where there is none, and
// makes the file ready to go on after it. A line that was cut off is removed: it
// comes again.
func resume(file *os.File) (position uint64, err error) {
	var whole int64
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		var e event
		if err == nil {
			err = json.Unmarshal(line, &e)
		}
		if err != nil {
			return 0, fmt.Errorf("%s: 第 %d 条之后读不懂 (cannot be read after entry %d): %w", file.Name(), position, position, err)
		}
		position, whole = e.Position, whole+int64(len(line))
	}
	if err := file.Truncate(whole); err != nil {
		return 0, err
	}
	_, err = file.Seek(whole, io.SeekStart)
	return position, err
}

// follow writes every event after a position until the context ends, which is no
// error. It waits for NATS when that is away.
func follow(ctx context.Context, server, county string, position uint64, out io.Writer) error {
	nc, err := nats.Connect(server, nats.Name("subscriber"), nats.MaxReconnects(-1))
	if err != nil {
		return fmt.Errorf("连接 NATS (connect to NATS at %s): %w", server, err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	// The sequence in the stream is the position. An ordered consumer gives them
	// in order, and begins anew by itself when the connection or the stream was
	// lost.
	stream := "FEISUI_" + county
	consumer, err := js.OrderedConsumer(ctx, stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: position + 1,
	})
	if err != nil {
		return fmt.Errorf("流 (stream) %s: %w", stream, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("流 (stream) %s: %w", stream, err)
	}
	defer messages.Stop()
	context.AfterFunc(ctx, messages.Stop)
	for {
		message, err := messages.Next()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("流 (stream) %s: %w", stream, err)
		}
		e, err := read(message)
		if err != nil {
			return err
		}
		switch {
		case e.Position <= position: // seen: the stream was filled again
			continue
		case e.Position > position+1:
			return fmt.Errorf("缺口：第 %d 至 %d 条不在 %s 中，之前的都已写入 (gap: entries %d to %d are missing; everything before them is written)",
				position+1, e.Position-1, stream, position+1, e.Position-1)
		}
		if err := write(out, e); err != nil {
			return err
		}
		position = e.Position
	}
}

// read takes a message apart as asyncapi.json says: CloudEvents in headers, the
// event as it is.
func read(message jetstream.Msg) (e event, err error) {
	headers := message.Headers()
	e.Type, e.Data = headers.Get("ce-type"), message.Data()
	if e.Stream, err = url.PathUnescape(headers.Get("ce-subject")); err != nil {
		return e, fmt.Errorf("ce-subject: %w", err)
	}
	if e.Position, err = strconv.ParseUint(headers.Get("ce-position"), 10, 63); err != nil {
		return e, fmt.Errorf("ce-position: %w", err)
	}
	return e, nil
}

// write writes a line at once, so that hardly anything can come in between.
func write(out io.Writer, e event) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false) // the data stays as it came
	if err := encoder.Encode(e); err != nil {
		return fmt.Errorf("第 %d 条 (entry %d): %w", e.Position, e.Position, err)
	}
	_, err := out.Write(line.Bytes())
	return err
}
