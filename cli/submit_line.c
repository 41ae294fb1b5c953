/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/submit_line.h"

#include "cli/common.h"
#include "core/base/text.h"

/* Write a value so that a shell reads it as one word. */
static void put_value(FILE *out, const char *value)
{
	if (dsfit_is_plain_word(value))
		fputs(value, out);
	else
		dsfit_text_quote(out, value);
}

void submit_put_option(FILE *out, const char *prefix, const char *name, const char *value)
{
	fprintf(out, " %s%s%s", prefix, name, value ? "=" : "");
	if (value)
		put_value(out, value);
}

char *submit_command(const struct dsfit_declaration *declaration)
{
	struct dsfit_text text;
	FILE *out;
	char *command;

	for (int i = DSFIT_OPTION_SLURM_END; i < DSFIT_OPTION_END; i++)
		if (declaration->value[i])
			return NULL;
	out = dsfit_text_begin(&text);
	cli_need(!out);
	fprintf(out, "sbatch");
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		/* These belong to this answer, not to the job. */
		if (!declaration->value[i] || i == DSFIT_OPTION_FIT || i == DSFIT_OPTION_EXPLAIN)
			continue;
		submit_put_option(out, "--ds-", dsfit_options[i].name, declaration->value[i]);
	}
	command = dsfit_text_end(&text);
	cli_need(!command);
	return command;
}

char *submit_script(const char *path, const char *const *arguments, size_t count)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);
	char *words;

	cli_need(!out);
	put_value(out, path ? path : "train.sh");
	for (size_t i = 0; path && i < count; i++) {
		fputc(' ', out);
		put_value(out, arguments[i]);
	}
	words = dsfit_text_end(&text);
	cli_need(!words);
	return words;
}

const struct dsfit_request *submit_request(const struct dsfit_decision *d, bool *preemptible)
{
	*preemptible = false;
	if (d->action == DSFIT_CORRECT) {
		*preemptible = d->corrected.preemptible;
		return &d->corrected.request;
	}
	if (!d->nothing_asked)
		return dsfit_fits_as_declared(&d->assessment) ? &d->asked : NULL;
	if (!d->alternative_count || d->alternatives[0].retrained)
		return NULL;
	*preemptible = d->alternatives[0].preemptible;
	return &d->alternatives[0].request;
}
