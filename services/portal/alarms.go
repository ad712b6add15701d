package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"feisui/pkg/access"
)

const alarmsPath = "/alarms"

// alarmsLately is for how long the first page of the audit administrator tells of an alarm:
// over the longest holiday.
const alarmsLately = 10 * 24 * time.Hour

// alarm is somebody who took very much away, as the audit log has it.
type alarm struct {
	Time      time.Time       `json:"time"`
	Actor     string          `json:"actor"`
	Operation string          `json:"operation"`
	Asked     string          `json:"asked"`
	Files     int             `json:"files"`
	Rows      int             `json:"rows"`
	Decision  access.Decision `json:"decision"`
	Address   string          `json:"address"`
}

// log is where the lines of the log of the same person are.
func (a *alarm) log() string { return withQuery("/audit", url.Values{"actor": {a.Actor}}) }

// alarms are a page of them.
type alarms struct {
	Alarms     []alarm `json:"alarms"`
	Next       int64   `json:"next"`
	FilesHour  int     `json:"files_hour"`
	RowsDay    int     `json:"rows_day"`
	FilesAlarm int     `json:"files_alarm"`
	RowsAlarm  int     `json:"rows_alarm"`

	Names map[string]string
}

func (v *visit) alarms() error {
	query := url.Values{"limit": {"100"}}
	if before := v.r.URL.Query().Get("before"); before != "" {
		query.Set("before", before)
	}
	var is alarms
	if err := v.get("/v1/counties/{county}/audit/alarms", query, &is); err != nil {
		return err
	}
	if v.may("people") {
		var err error
		if is.Names, err = v.displays(); err != nil {
			return err
		}
	}
	return v.show(http.StatusOK, v.say("audit.alarms"), alarmsPage(v, &is))
}

// who is somebody's name, or who they are in the log.
func (a *alarms) who(id string) string {
	if name := a.Names[id]; name != "" {
		return name
	}
	return id
}

// older is the page of alarms before this one, "" where there is none.
func (a *alarms) older() string {
	if a.Next == 0 {
		return ""
	}
	return withQuery(alarmsPath, url.Values{"before": {strconv.FormatInt(a.Next, 10)}})
}
