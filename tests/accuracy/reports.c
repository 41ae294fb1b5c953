/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/data/reports.csv: public reports of jobs that ran or died, each with the words of a
 * command line that declares it. Files are in tests/data/report-files. */
#include <stdlib.h>
#include <string.h>

#include "core/base/word.h"
#include "tests/accuracy/asked.h"
#include "tests/accuracy/judged.h"
#include "tests/accuracy/table.h"

const char *const report_outcomes[] = { "ran", "host-oom", "gpu-oom", "config-error", NULL };

static bool near_or_above(const struct answer *answer, const char *resource)
{
	const char *verdict = answer_text(answer, "verdict", resource);

	return !strcmp(verdict, "tight") || !strcmp(verdict, "exceeds");
}

static bool is_right(const struct answer *answer, enum report_outcome outcome)
{
	switch (outcome) {
	case REPORT_RAN:
		return answer->all && strcmp(answer_text(answer, "verdict", "overall"), "exceeds");
	case REPORT_HOST_OOM:
		return near_or_above(answer, "host");
	case REPORT_GPU_OOM:
		return near_or_above(answer, "gpu");
	default:
		return answer->status == 2;
	}
}

static int read_row(const void *context, const struct table *table, void *out)
{
	const struct asked_of *of = context;
	struct report *row = out;
	struct asking asking = { of->command, of->conf, NULL, "", "" };
	char folder[4096], words[1024], *rest = words, *word;
	struct answer answer;

	memset(row, 0, sizeof(*row));
	snprintf(row->id, sizeof(row->id), "%s", table_text(table, "id"));
	snprintf(row->what, sizeof(row->what), "%s", table_text(table, "what"));
	row->outcome = (enum report_outcome)dsfit_word(report_outcomes,
						       table_text(table, "outcome"));
	snprintf(folder, sizeof(folder), "%s/report-files", of->data);
	asking.folder = folder;
	snprintf(words, sizeof(words), "%s", table_text(table, "arguments"));
	while ((word = strsep(&rest, " ")))
		ask_word(&asking, "%s", word);
	ask(&asking, &answer);
	row->right = is_right(&answer, row->outcome);
	if (answer.all)
		snprintf(row->said, sizeof(row->said), "GPU %s, host memory %s",
			 answer_text(&answer, "verdict", "gpu"),
			 answer_text(&answer, "verdict", "host"));
	else
		snprintf(row->said, sizeof(row->said), "%s", answer.why);
	answer_free(&answer);
	return 0;
}

struct report *reports_read(const struct asked_of *of, size_t *count)
{
	return table_read_all(of->data, "reports.csv", sizeof(struct report), read_row, of, count);
}
