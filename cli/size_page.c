/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/size_page.h"

#include <stdlib.h>

#include "cli/output.h"
#include "cli/submit_line.h"
#include "cli/sweep_show.h"
#include "core/base/text.h"
#include "core/say/job_page.h"
#include "plugin/request_write.h"

/* A sweep with its chart. */
struct swept {
	struct sweep *sweep;
	struct sweep_chart *made;
};

/* Vary one number. Returns false if there is nothing to show. Values that are not possible are left
 * out of the chart; the command's own text names them. */
static bool sweep_one(const struct cli_sweep_job *job, struct swept *swept)
{
	struct dsfit_text notes;
	bool any;

	swept->sweep = calloc(1, sizeof(*swept->sweep));
	swept->made = NULL;
	cli_need(!swept->sweep || !dsfit_text_begin(&notes));
	any = sweep_make_points(job, swept->sweep, notes.out) && swept->sweep->count;
	free(dsfit_text_end(&notes));
	if (any)
		swept->made = sweep_chart_new(swept->sweep);
	else
		free(swept->sweep);
	return any;
}

/* Returns how many charts there are. */
static size_t make_charts(const struct size_arguments *a, struct cli_sweep_job *job,
			  struct swept swept[CLI_SWEEP_SEQ],
			  struct dsfit_chart charts[CLI_SWEEP_SEQ])
{
	size_t count = 0;

	for (int what = CLI_SWEEP_GPUS; what <= CLI_SWEEP_SEQ; what++) {
		if (a->sweep && a->sweep != (enum cli_sweep)what)
			continue;
		job->what = (enum cli_sweep)what;
		if (!sweep_one(job, &swept[count]))
			continue;
		charts[count] = swept[count].made->chart;
		count++;
	}
	return count;
}

void size_page(const struct size_arguments *a, const struct size_nodes *nodes,
	       const struct dsfit_workload *workload, const struct dsfit_decision *decision)
{
	const struct dsfit_say words = {
		.site = &nodes->site,
		.workload = workload,
		.decision = decision,
		.write_request = dsfit_request_text,
		.prefix = "--ds-",
		.read = a->script.inferred ? a->script.line : NULL,
		.script = &a->script.found,
	};
	struct cli_sweep_job job = {
		.site = &nodes->site,
		.declaration = &a->declaration,
		.workload = workload,
		.decision = decision,
	};
	char *command = nodes->described ? NULL : submit_command(&a->declaration), *text;
	char *script = submit_script(a->script.path, a->script.arguments,
				     a->script.argument_count);
	struct dsfit_chart charts[CLI_SWEEP_SEQ];
	struct swept swept[CLI_SWEEP_SEQ];
	struct dsfit_job_page page = { .say = &words, .command = command,
				       .script = script, .charts = charts };

	page.fitting = nodes->described ? NULL : submit_request(decision, &page.preemptible);
	page.chart_count = make_charts(a, &job, swept, charts);
	text = dsfit_job_page(&page);
	cli_need(!text);
	cli_write_file("html", a->html, text);
	free(text);
	for (size_t i = 0; i < page.chart_count; i++) {
		free(swept[i].made);
		free(swept[i].sweep);
	}
	free(script);
	free(command);
}
