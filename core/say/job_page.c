/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of one job:
 *
 *	verdict, model and training, request
 *	what is wrong or worth knowing
 *	what was read out of the script
 *	the command that submits it, or what to submit instead
 *	the memory of a GPU and of a node
 *	how that changes with the GPUs, the batch, the sequence
 *	the whole account, folded away
 *
 * Its words are those of say.c and say_account.c; only their places are chosen here.
 */
#include "core/say/job_page.h"

#include <stdlib.h>

#include "core/say/alternative.h"
#include "core/say/page.h"
#include "core/say/phrases.h"
#include "core/say/say_account.h"

static const char *verdict_of(const struct dsfit_decision *d)
{
	if (d->action == DSFIT_CORRECT)
		return "corrected";
	if (d->action == DSFIT_REFUSE)
		return "refused";
	if (d->nothing_asked)
		return d->alternative_count && !d->alternatives[0].retrained ?
		       "no GPUs requested" : dsfit_phrase_verdict(DSFIT_EXCEEDS);
	return dsfit_phrase_verdict(d->assessment.overall);
}

/* The model and how it is trained, or where it runs; the caller frees it. */
static char *words_of(const struct dsfit_say *say, bool place)
{
	const struct dsfit_assessment *a = dsfit_phrase_shown(say->decision);
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (out && place && a->placed)
		dsfit_phrase_layout(out, a);
	if (out && !place)
		dsfit_phrase_workload(out, say->workload, &a->account);
	return dsfit_text_end(&text);
}

static void put_reasons(FILE *out, const struct dsfit_say *say)
{
	char largest[DSFIT_LARGEST_TEXT];
	struct dsfit_reasons reasons;
	struct dsfit_text text;
	char *lines = NULL;

	dsfit_phrase_reasons(say, &reasons);
	if (dsfit_text_begin(&text)) {
		for (size_t i = 0; i < reasons.count; i++)
			fprintf(text.out, "%s\n", reasons.line[i]);
		if (*dsfit_phrase_largest(say->decision, largest))
			fprintf(text.out, "%s\n", largest);
	}
	lines = dsfit_text_end(&text);
	if (lines)
		dsfit_page_list(out, lines);
	free(lines);
}

/* What was read out of the script, and what it contradicts. */
static void put_script(FILE *out, const struct dsfit_say *say)
{
	char warning[DSFIT_SCRIPT_WARNING];
	struct dsfit_text text;
	char *lines = NULL;

	if (!say->read)
		return;
	if (dsfit_text_begin(&text)) {
		fprintf(text.out, "%s\n", say->read);
		for (size_t i = 0; say->script && i < say->script->warnings; i++)
			fprintf(text.out, "warning: %s\n",
				dsfit_script_warning(say->script, i, warning));
	}
	lines = dsfit_text_end(&text);
	if (lines) {
		dsfit_page_section(out, "Read out of the script");
		dsfit_page_list(out, lines);
	}
	free(lines);
}

/* What submits a request, with the options that change the training; a space before each. */
static void put_command(FILE *out, const struct dsfit_job_page *page,
			const struct dsfit_request *request, bool preemptible, const char *options)
{
	char words[DSFIT_REQUEST_TEXT];
	struct dsfit_text text;
	char *command;

	if (!dsfit_text_begin(&text))
		return;
	if (page->command)
		fprintf(text.out, "%s ", page->command);
	fprintf(text.out, "%s%s", dsfit_phrase_request(page->say, request, words),
		preemptible ? " --requeue" : "");
	if (options)
		dsfit_phrase_options(text.out, page->say->prefix, options);
	if (page->command)
		fprintf(text.out, " %s", page->script);
	command = dsfit_text_end(&text);
	if (command)
		dsfit_page_command(out, command);
	free(command);
}

static void put_alternative(FILE *out, const struct dsfit_job_page *page,
			    const struct dsfit_alternative *one)
{
	struct dsfit_text text;
	char *remarks = NULL;

	if (dsfit_text_begin(&text)) {
		fputs(dsfit_alternative_lead(page->say->decision, one), text.out);
		dsfit_put_remarks(text.out, one, true, ": ", "");
	}
	remarks = dsfit_text_end(&text);
	if (remarks)
		dsfit_page_text(out, remarks);
	free(remarks);
	put_command(out, page, &one->request, one->preemptible,
		    one->retrained ? one->way.options : NULL);
}

static void put_commands(FILE *out, const struct dsfit_job_page *page)
{
	const struct dsfit_decision *d = page->say->decision;
	bool others = false;

	if (page->fitting) {
		dsfit_page_section(out, "Submit");
		put_command(out, page, page->fitting, page->preemptible, NULL);
	}
	for (size_t i = 0; i < d->alternative_count; i++) {
		const struct dsfit_alternative *one = &d->alternatives[i];

		if (&one->request == page->fitting)
			continue;
		if (!others)
			dsfit_page_section(out, page->fitting ? "Other requests" :
								"Submit instead");
		others = true;
		put_alternative(out, page, one);
	}
}

/* NULL: a card that has enough is not said to fit if no node can hold the request. */
static const char *verdict_on(const struct dsfit_assessment *a, enum dsfit_verdict verdict)
{
	return a->placed || verdict != DSFIT_FITS ? dsfit_verdict_names[verdict] : NULL;
}

static void put_memory(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_assessment *a = dsfit_phrase_shown(say->decision);
	struct dsfit_bar bar;

	dsfit_page_section(out, "Memory");
	dsfit_bar_gpu(a, &bar);
	dsfit_page_bar(out, "Each GPU, at its peak", &bar, verdict_on(a, a->gpu));
	dsfit_bar_host(a, &bar);
	dsfit_page_bar(out, "Each node", &bar, verdict_on(a, a->host));
}

/* Everything that the account has, however much the user wants to read elsewhere. */
static void put_account(FILE *out, const struct dsfit_say *say)
{
	struct dsfit_workload workload = *say->workload;
	struct dsfit_say full = *say;
	struct dsfit_text text;
	char *account;

	workload.explain = DSFIT_EXPLAIN_FULL;
	full.workload = &workload;
	full.style = NULL;
	if (dsfit_text_begin(&text))
		dsfit_put_account(text.out, &full);
	account = dsfit_text_end(&text);
	if (account)
		dsfit_page_folded(out, "The whole account, with its arithmetic", account);
	free(account);
}

char *dsfit_job_page(const struct dsfit_job_page *page)
{
	char *job = words_of(page->say, false), *place = words_of(page->say, true);
	struct dsfit_text text;
	FILE *out = job && place ? dsfit_page_begin(&text, job) : NULL;
	char *written = NULL;

	if (out) {
		dsfit_page_heading(out, verdict_of(page->say->decision), job, place);
		put_reasons(out, page->say);
		put_script(out, page->say);
		put_commands(out, page);
		put_memory(out, page->say);
		if (page->chart_count)
			dsfit_page_section(out, "What changes it");
		for (size_t i = 0; i < page->chart_count; i++)
			dsfit_page_chart(out, &page->charts[i]);
		put_account(out, page->say);
		written = dsfit_page_end(&text);
	}
	free(place);
	free(job);
	return written;
}
