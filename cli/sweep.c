/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/sweep.h"

#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/common.h"
#include "cli/output.h"
#include "cli/sweep_points.h"
#include "cli/sweep_show.h"
#include "core/base/text.h"

enum cli_sweep cli_sweep_take(const char *word)
{
	for (int i = CLI_SWEEP_GPUS; i <= CLI_SWEEP_SEQ; i++)
		if (!strcmp(word, sweep_names[i]))
			return (enum cli_sweep)i;
	error(CLI_USAGE, 0, "--sweep=%s: must be gpus, batch or seq", word);
	return CLI_SWEEP_NONE;
}

int cli_sweep(const struct cli_sweep_job *job)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *notes;
	int rc;

	cli_need(!sweep || !out);
	if (!sweep_make_points(job, sweep, out))
		error(CLI_USAGE, 0, "--sweep=%s: no GPU of this site comes close to fitting this "
		      "job: name one with --gpu", sweep_names[job->what]);
	notes = dsfit_text_end(&text);
	cli_need(!notes);
	if (!sweep->count)
		error(CLI_MISFIT, 0, "--sweep=%s: nothing to show: %.*s",
		      sweep_names[job->what], (int)strcspn(notes, "\n"), notes);
	sweep_show(sweep);
	if (job->json || cli_is_stdout(job->svg))
		fputs(notes, stderr);
	else
		cli_print(notes);
	rc = sweep->base.overall == DSFIT_EXCEEDS ? CLI_MISFIT : CLI_FITS;
	free(notes);
	free(sweep);
	return rc;
}
