package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"testing"

	"feisui/services/ledger/api"
)

// TestEntriesOfAStreamAndOfAPosition: those of a stream are, in pages of any size,
// those of the whole list that are in it; and every position gives its entry alone.
func TestEntriesOfAStreamAndOfAPosition(t *testing.T) {
	t.Parallel()
	server := running(t, "c")
	mustRun(t, "import", filepath.Join(casesFolder(), "random-21", "book"), "--server", server, "--county", "c")
	pages := func(query url.Values, limit int) (found []string) {
		everyPage(t, server, "c", "entries", query, limit, func(l api.EntryList) (int, string) {
			for _, e := range l.Entries {
				found = append(found, fmt.Sprint(e.Position, e.Stream, e.Type))
			}
			if l.Next == 0 {
				return len(l.Entries), ""
			}
			return len(l.Entries), itoa(int(l.Next))
		})
		return found
	}
	var all api.EntryList
	ask(t, server, "c", "entries", url.Values{"limit": {"1000"}}, &all)
	streams := map[string][]string{}
	for _, e := range all.Entries {
		streams[e.Stream] = append(streams[e.Stream], fmt.Sprint(e.Position, e.Stream, e.Type))
	}
	several := 0
	for stream, want := range streams {
		if got := pages(url.Values{"stream": {stream}}, 1); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", stream, got, want)
		}
		if len(want) > 1 {
			several++
		}
	}
	if several < 5 {
		t.Errorf("only %d streams have several entries", several)
	}
	for i, e := range all.Entries {
		at := url.Values{"position": {itoa(int(e.Position))}}
		if i%7 == 0 {
			if got := pages(at, 5); !slices.Equal(got, []string{fmt.Sprint(e.Position, e.Stream, e.Type)}) {
				t.Errorf("position %d: %q", e.Position, got)
			}
			at.Set("stream", "task/absent")
			if got := pages(at, 5); got != nil {
				t.Errorf("position %d in another stream: %q", e.Position, got)
			}
		}
	}
	for _, none := range []url.Values{{"position": {"99999999"}}, {"position": {"0"}}, {"stream": {"task/absent"}}, {"stream": {"nonsense"}}} {
		if got := pages(none, 5); got != nil {
			t.Errorf("%v: %q", none, got)
		}
	}
	var problem struct{ Code string }
	if ask(t, server, "c", "entries", url.Values{"position": {"x"}}, &problem); problem.Code != "AFTER" {
		t.Errorf("a position that is none: %+v", problem)
	}
}

// TestEntriesOfAStreamWithinAScope: by its stream or its position nobody reads an entry
// that their own list of entries has not.
func TestEntriesOfAStreamWithinAScope(t *testing.T) {
	t.Parallel()
	s := inhabited(t)
	var all api.EntryList
	s.get(ofAuditor, "/entries?limit=1000", &all)
	hidden := 0
	for _, who := range []string{"person:a community_officer@" + communityA, "person:s street_officer@" + streetS1, ofAuditor} {
		var own api.EntryList
		s.get(who, "/entries?limit=1000", &own)
		may := map[int64]bool{}
		for _, e := range own.Entries {
			may[e.Position] = true
		}
		for _, e := range all.Entries {
			var byStream, byPosition api.EntryList
			s.get(who, "/entries?"+url.Values{"stream": {e.Stream}, "limit": {"1000"}}.Encode(), &byStream)
			s.get(who, "/entries?position="+itoa(int(e.Position)), &byPosition)
			inStream := slices.ContainsFunc(byStream.Entries, func(o api.Recorded) bool { return o.Position == e.Position })
			if inStream != may[e.Position] || (len(byPosition.Entries) == 1) != may[e.Position] {
				t.Errorf("%s: %d %s: %t by its stream, %d by its position, %t in the list", who, e.Position, e.Stream, inStream, len(byPosition.Entries), may[e.Position])
			}
			if !may[e.Position] {
				hidden++
			}
		}
	}
	if hidden < 20 {
		t.Errorf("only %d were hidden", hidden)
	}
}
