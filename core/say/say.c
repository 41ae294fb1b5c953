/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A decision in words. The account is in say_account.c, JSON in say_json.c. */
#include "core/say/say.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/wrap.h"
#include "core/say/phrases.h"
#include "core/say/say_account.h"

/* Rows of a short answer. */
#define FIT_ROWS 3
#define REFUSAL_ROWS 8

/* A text that is being written, and how many rows of a terminal it may take. */
struct page {
	const struct dsfit_say *say;
	FILE *out;
	struct dsfit_text text;
	size_t begin, most;	/* begin: what stood there before */
};

/* The rows that are left. */
static size_t room(struct page *page)
{
	size_t rows = fflush(page->out) ? page->most :
					  dsfit_wrap_rows(page->text.written + page->begin,
							  page->say->columns);

	return rows < page->most ? page->most - rows : 0;
}

static size_t rows_of(const struct page *page, const char *line)
{
	return dsfit_wrap_rows(line, page->say->columns);
}

/* The first reason is the verdict's; the others where there is room, and still for what to do.
 * Returns how many there are. */
static size_t put_reasons(struct page *page)
{
	size_t others = page->most > FIT_ROWS ? 3 : 0;
	struct dsfit_reasons reasons;

	dsfit_phrase_reasons(page->say, &reasons);
	for (size_t i = 0; i < reasons.count; i++) {
		char line[sizeof(reasons.line[0]) + 4];

		snprintf(line, sizeof(line), "  %s\n", reasons.line[i]);
		if (!i || room(page) >= rows_of(page, line) + others)
			fprintf(page->out, "%s", line);
	}
	return reasons.count;
}

/* "3 nodes x 4 A100 40GB: 27.8 GiB of 39.4 GiB a GPU", and no newline. */
static void put_use(FILE *out, const struct dsfit_assessment *a)
{
	struct dsfit_texts t;

	dsfit_phrase_layout(out, a);
	fprintf(out, ": %s", dsfit_phrase_bytes(a->account.gpu.peak, &t, 0));
	if (a->gpu_capacity)
		fprintf(out, " of %s", dsfit_phrase_bytes(a->gpu_capacity, &t, 1));
	fprintf(out, " a GPU");
}

static void put_host(FILE *out, const struct dsfit_assessment *a)
{
	struct dsfit_texts t;

	fprintf(out, "  host memory: %s", dsfit_phrase_bytes(a->account.host.per_node, &t, 0));
	if (a->host_capacity)
		fprintf(out, " of %s", dsfit_phrase_bytes(a->host_capacity, &t, 1));
	fprintf(out, " a node\n");
}

/* What goes with a partition that the user did not name and that is preemptible. */
static void put_requeue(FILE *out, const struct dsfit_alternative *one)
{
	if (one->preemptible && (one->changes & DSFIT_CHANGE_PARTITION))
		fprintf(out, "  jobs in %s are preempted: with --requeue it starts again\n",
			one->request.partition);
}

/* What was asked, in the gate's words; or that nothing was. */
static const char *asked_text(const struct dsfit_say *say, char text[DSFIT_REQUEST_TEXT])
{
	if (say->decision->nothing_asked)
		return "no GPUs asked for";
	return dsfit_phrase_request(say, &say->decision->asked, text);
}

/* The workload as it is on the layout that the decision is about. */
static void put_workload(FILE *out, const struct dsfit_say *say)
{
	dsfit_phrase_workload(out, say->workload, &dsfit_phrase_shown(say->decision)->account);
}

/* What a misfit lacks. */
static void put_lack(FILE *out, const struct dsfit_assessment *a)
{
	struct dsfit_texts t;

	fprintf(out, "the nearest, ");
	dsfit_phrase_layout(out, a);
	if (a->stop.text[0]) {
		fprintf(out, ": %s\n", a->stop.text);
		return;
	}
	if (a->overall == DSFIT_TIGHT && a->gpu == DSFIT_TIGHT) {
		fprintf(out, ", is tight: %s a GPU needed, up to %s, %s there\n",
			dsfit_phrase_bytes(a->account.gpu.peak, &t, 0),
			dsfit_phrase_bytes(a->account.gpu.high, &t, 1),
			dsfit_phrase_bytes(a->gpu_capacity, &t, 2));
		return;
	}
	fprintf(out, ", lacks ");
	if (a->gpu == DSFIT_EXCEEDS)
		fprintf(out, "%s a GPU: %s needed at least, %s there\n",
			dsfit_phrase_bytes(dsfit_sub(a->account.gpu.low, a->gpu_capacity), &t, 0),
			dsfit_phrase_bytes(a->account.gpu.low, &t, 1),
			dsfit_phrase_bytes(a->gpu_capacity, &t, 2));
	else if (a->host == DSFIT_EXCEEDS)
		fprintf(out, "%s host memory a node: %s needed at least, %s there\n",
			dsfit_phrase_bytes(dsfit_sub(a->account.host.low, a->host_capacity), &t, 0),
			dsfit_phrase_bytes(a->account.host.low, &t, 1),
			dsfit_phrase_bytes(a->host_capacity, &t, 2));
	else
		fprintf(out, "%s\n", a->nvme == DSFIT_EXCEEDS ? "scratch" :
			a->storage == DSFIT_EXCEEDS ? "storage" : "network");
}

/* What the roomiest request of the site would still lack. */
static void put_closest(FILE *out, const struct dsfit_decision *d)
{
	if (dsfit_something_fits(d) || !d->closest.placed)
		return;
	fprintf(out, "  ");
	put_lack(out, &d->closest);
}

/* Why there is no request that fits. */
static const char *nothing_fits(const struct dsfit_say *say)
{
	const struct dsfit_assessment *closest = &say->decision->closest;

	if (!say->site->class_count)
		return "the configuration describes no nodes yet: \"dsfit discover\" writes them";
	return closest->placed && closest->overall == DSFIT_TIGHT ?
	       "nothing at this site fits it for certain" : "nothing at this site fits it";
}

static void put_passed(struct page *page)
{
	const struct dsfit_decision *d = page->say->decision;
	const struct dsfit_assessment *a = &d->assessment;
	FILE *out = page->out;

	if (d->nothing_asked) {
		put_workload(out, page->say);
		if (!dsfit_something_fits(d))
			fprintf(out, ": %s\n", nothing_fits(page->say));
		else
			fprintf(out, d->request_unknown ? ": what fits here:\n" :
							  ": no GPUs asked for\n");
		put_closest(out, d);
		return;
	}
	fprintf(out, "%s: ", a->overall == DSFIT_EXCEEDS ? "does not fit" :
						dsfit_verdict_names[a->overall]);
	put_workload(out, page->say);
	fprintf(out, "\n  ");
	/* Where the card is the matter, the reason has its figures. */
	if (a->gpu == DSFIT_EXCEEDS)
		dsfit_phrase_layout(out, a);
	else
		put_use(out, a);
	fprintf(out, "\n");
	if (!put_reasons(page))
		put_host(out, a);
}

static void put_corrected(struct page *page)
{
	const struct dsfit_say *say = page->say;
	const struct dsfit_decision *d = say->decision;
	char old[DSFIT_REQUEST_TEXT], new[DSFIT_REQUEST_TEXT];
	FILE *out = page->out;

	fprintf(out, "corrected: %s -> %s\n  ", asked_text(say, old),
		dsfit_phrase_request(say, &d->corrected.request, new));
	put_workload(out, say);
	fprintf(out, "\n");
	put_reasons(page);
	fprintf(out, d->nothing_asked ? "  " : "  now ");
	put_use(out, &d->corrected.assessment);
	fprintf(out, "\n");
	if (d->corrected.changes & DSFIT_CHANGE_MEMORY)
		put_host(out, &d->corrected.assessment);
	put_requeue(out, &d->corrected);
}

/* The names of some changes. */
static void put_changes(FILE *out, unsigned changes)
{
	const char *separator = "";

	for (int i = 0; dsfit_change_names[i]; i++) {
		if (!(changes & (1u << i)))
			continue;
		fprintf(out, "%s%s", separator, dsfit_change_names[i]);
		separator = ", ";
	}
}

static void put_obstacle(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	switch (d->obstacle) {
	case DSFIT_OBSTACLE_MODE:
		fprintf(out, "  not corrected: the policy here is to reject\n");
		break;
	case DSFIT_OBSTACLE_WISH:
		fprintf(out, "  not corrected: %sfit=reject was asked for\n", say->prefix);
		break;
	case DSFIT_OBSTACLE_OTHER:
		fprintf(out, "  not corrected: what fits is no enlargement of what was asked\n");
		break;
	case DSFIT_OBSTACLE_MAY_CHANGE:
		fprintf(out, "  not corrected: it would take a change of ");
		put_changes(out, d->forbidden);
		if (d->asked.gpu_type[0] && (d->forbidden & DSFIT_CHANGE_GPU_TYPE))
			fprintf(out, ", and %s was asked for\n", d->asked.gpu_type);
		else
			fprintf(out, ", which the policy here leaves to you\n");
		break;
	case DSFIT_OBSTACLE_TASKS:
		fprintf(out, "  not corrected: it takes more nodes, and the number of tasks was "
			"given\n");
		break;
	case DSFIT_OBSTACLE_LAUNCH:
		fprintf(out, "  not corrected: it takes more nodes, and srun has already counted "
			"its tasks\n");
		break;
	case DSFIT_OBSTACLE_FIXED:
		fprintf(out, "  not corrected: the command goes by what was typed, whatever the "
			"job is given\n");
		break;
	case DSFIT_OBSTACLE_TIME:
		fprintf(out, "  not corrected: there was no time here to try all of the site's "
			"nodes\n");
		break;
	case DSFIT_OBSTACLE_LIST:
		fprintf(out, "  not corrected: it may take other nodes than were chosen (nodelist, "
			"exclude, reservation)\n");
		break;
	case DSFIT_OBSTACLE_NOTHING_FITS:
		if (!d->alternative_count || d->nothing_asked)
			fprintf(out, "  %s\n", nothing_fits(say));
		break;
	case DSFIT_OBSTACLE_UNKNOWN_GPU:
		fprintf(out, "  the policy here refuses GPU types that are not configured\n");
		break;
	default:
		break;
	}
}

/* "instead: -N 2 --gpus-per-node=a100:4 (33.7 GiB of 39.4 GiB, $32.80/h)", or without figures.
 * NULL where memory is out. */
static char *alternative_line(const struct dsfit_say *say, const struct dsfit_alternative *one,
			      bool figures)
{
	bool advice = say->decision->nothing_asked && say->decision->action == DSFIT_PASS;
	char request[DSFIT_REQUEST_TEXT];
	struct dsfit_texts t;
	struct dsfit_text line;
	FILE *out = dsfit_text_begin(&line);

	if (!out)
		return NULL;
	fprintf(out, "  %s: %s", one->training ? "or, trained so" : advice ? "fits" : "instead",
		dsfit_phrase_request(say, &one->request, request));
	if (one->training)
		dsfit_phrase_options(out, say->prefix, one->training);
	if (figures)
		fprintf(out, " (%s of %s a GPU",
			dsfit_phrase_bytes(one->assessment.account.gpu.peak, &t, 0),
			dsfit_phrase_bytes(one->assessment.gpu_capacity, &t, 1));
	if (figures && one->assessment.price >= 0)
		fprintf(out, ", $%.2f/h", one->assessment.price);
	fprintf(out, figures ? ")\n" : "\n");
	return dsfit_text_end(&line);
}

/* The rows of all alternatives; where memory is out, more than any page has. */
static size_t alternative_rows(const struct page *page)
{
	const struct dsfit_decision *d = page->say->decision;
	size_t rows = 0;

	for (size_t i = 0; i < d->alternative_count; i++) {
		char *line = alternative_line(page->say, &d->alternatives[i], true);

		rows += line ? rows_of(page, line) : REFUSAL_ROWS;
		free(line);
	}
	return rows;
}

/* What to type instead: with its figures where there is room for all, and one at least. */
static void put_alternatives(struct page *page)
{
	const struct dsfit_decision *d = page->say->decision;
	bool figures = alternative_rows(page) <= room(page);

	for (size_t i = 0; i < d->alternative_count; i++) {
		char *line = alternative_line(page->say, &d->alternatives[i], figures);

		if (line && (!i || rows_of(page, line) <= room(page)))
			fprintf(page->out, "%s", line);
		free(line);
	}
}

static void put_refused(struct page *page)
{
	const struct dsfit_say *say = page->say;
	const struct dsfit_decision *d = say->decision;
	char text[DSFIT_REQUEST_TEXT];
	FILE *out = page->out;

	fprintf(out, "refused: ");
	put_workload(out, say);
	if (d->nothing_asked)
		fprintf(out, "\n  no GPUs asked for\n");
	else
		fprintf(out, "\n  does not fit: %s\n", asked_text(say, text));
	put_reasons(page);
	put_obstacle(out, say);
	put_closest(out, d);
}

/* How many rows the decision may take. */
static size_t most_rows(const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	if (say->workload->explain == DSFIT_EXPLAIN_FULL)
		return SIZE_MAX;
	return d->action == DSFIT_PASS && !d->nothing_asked &&
	       d->assessment.overall != DSFIT_EXCEEDS ? FIT_ROWS : REFUSAL_ROWS;
}

static void put_decision(struct page *page)
{
	const struct dsfit_decision *d = page->say->decision;

	if (fflush(page->out))
		return;
	page->begin = page->text.size;
	page->most = most_rows(page->say);
	if (d->mode == DSFIT_MODE_OFF)
		return;
	if (d->fit_denied)
		fprintf(page->out, "the policy here is to %s, and does not let you choose %s\n",
			dsfit_mode_names[d->mode], dsfit_mode_names[page->say->workload->fit]);
	if (d->action == DSFIT_CORRECT) {
		put_corrected(page);
		return;
	}
	if (d->action == DSFIT_REFUSE)
		put_refused(page);
	else
		put_passed(page);
	put_alternatives(page);
}

static void put_account(struct page *page)
{
	dsfit_put_account(page->out, page->say);
}

/* As wide as the terminal; the text is freed. NULL where memory is out. */
static char *wrapped(char *text, size_t columns)
{
	struct dsfit_text result;

	if (!text || !columns)
		return text;
	if (dsfit_text_begin(&result))
		dsfit_wrap(result.out, text, columns);
	free(text);
	return dsfit_text_end(&result);
}

/* Collect what one or two writers write; NULL where memory is out. */
static char *collect(const struct dsfit_say *say, void (*first)(struct page *),
		     void (*second)(struct page *))
{
	struct page page = { .say = say, .most = SIZE_MAX };

	page.out = dsfit_text_begin(&page.text);
	if (page.out)
		first(&page);
	if (page.out && second)
		second(&page);
	return wrapped(dsfit_text_end(&page.text), say->columns);
}

char *dsfit_say_workload(const struct dsfit_workload *workload)
{
	struct dsfit_text text;

	if (dsfit_text_begin(&text))
		dsfit_phrase_workload(text.out, workload, NULL);
	return dsfit_text_end(&text);
}

char *dsfit_say_closest(const struct dsfit_assessment *closest)
{
	struct dsfit_text text;

	if (dsfit_text_begin(&text))
		put_lack(text.out, closest);
	return dsfit_text_end(&text);
}

char *dsfit_say_alternatives(const struct dsfit_say *say)
{
	return collect(say, put_alternatives, NULL);
}

char *dsfit_say_decision(const struct dsfit_say *say)
{
	bool full = say->workload->explain == DSFIT_EXPLAIN_FULL &&
		    say->decision->mode != DSFIT_MODE_OFF;

	return collect(say, put_decision, full ? put_account : NULL);
}

char *dsfit_say_account(const struct dsfit_say *say)
{
	return collect(say, put_account, put_decision);
}

char *dsfit_say_record(const struct dsfit_say *say, unsigned changed_before)
{
	const struct dsfit_decision *d = say->decision;
	const struct dsfit_assessment *a = dsfit_phrase_shown(d);
	char old[DSFIT_REQUEST_TEXT], new[DSFIT_REQUEST_TEXT], *record;
	struct dsfit_texts t;
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	fprintf(out, "dsfit: ");
	put_workload(out, say);
	fprintf(out, ": %s", dsfit_phrase_bytes(a->account.gpu.peak, &t, 0));
	if (a->gpu_capacity)
		fprintf(out, " of %s", dsfit_phrase_bytes(a->gpu_capacity, &t, 1));
	fprintf(out, " a GPU: %s", a->overall == DSFIT_EXCEEDS ? "does not fit" :
							dsfit_verdict_names[a->overall]);
	if (d->action == DSFIT_CORRECT) {
		fprintf(out, "; changed: %s -> %s", asked_text(say, old),
			dsfit_phrase_request(say, &d->corrected.request, new));
	} else if (changed_before) {
		fprintf(out, "; changed on the submit host: ");
		put_changes(out, changed_before);
	}
	record = dsfit_text_end(&text);
	if (record)
		dsfit_printable(record);
	return record;
}

char *dsfit_say_undeclared(const struct dsfit_policy *policy, bool refused, const char *prefix,
			   const char *why)
{
	const char *lead = refused ? "refused: " : "not sized: ";
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	if (why)
		fprintf(out, "%sthe declaration that came with the job is of no use: %s\n", lead,
			why);
	else
		fprintf(out, "%snothing says what is trained\n", lead);
	if (refused && policy->undeclared_from_gpus)
		fprintf(out, "  the policy here is to refuse jobs of %llu GPU%s or more that do "
			"not say it\n", (unsigned long long)policy->undeclared_from_gpus,
			policy->undeclared_from_gpus == 1 ? "" : "s");
	else if (refused)
		fprintf(out, "  the policy here is to refuse jobs that do not say it\n");
	fprintf(out, "  %smodel says it: a size such as 13B, a name, or a config.json\n", prefix);
	return dsfit_text_end(&text);
}
