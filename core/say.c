/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A decision in words. The account is in say_account.c, JSON in say_json.c. */
#include "core/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/words.h"

static void put_indented(void *context, const char *line)
{
	fprintf(context, "  %s\n", line);
}

/* "33.8 of 39.4 GiB a GPU, 24 GiB of 500 GiB host memory a node". */
static void put_use(FILE *out, const struct dsfit_assessment *a)
{
	struct dsfit_texts t;

	fprintf(out, "%s", dsfit_words_bytes(a->account.gpu.peak, &t, 0));
	if (a->gpu_capacity)
		fprintf(out, " of %s", dsfit_words_bytes(a->gpu_capacity, &t, 1));
	fprintf(out, " a GPU, %s", dsfit_words_bytes(a->account.host.per_node, &t, 2));
	if (a->host_capacity)
		fprintf(out, " of %s", dsfit_words_bytes(a->host_capacity, &t, 3));
	fprintf(out, " host memory a node");
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
	return dsfit_words_request(say, &say->decision->asked, text);
}

/* The workload as it is on the layout that the decision is about. */
static void put_workload(FILE *out, const struct dsfit_say *say)
{
	dsfit_words_workload(out, say->workload, &dsfit_words_shown(say->decision)->account);
}

static void put_passed(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	const struct dsfit_assessment *a = &d->assessment;

	if (d->nothing_asked) {
		put_workload(out, say);
		fprintf(out, d->request_unknown ? ": what fits here:\n" : ": no GPUs asked for\n");
		return;
	}
	fprintf(out, "%s: ", a->overall == DSFIT_EXCEEDS ? "does not fit" :
						dsfit_verdict_names[a->overall]);
	put_workload(out, say);
	fprintf(out, " on ");
	dsfit_words_layout(out, a);
	fprintf(out, ": ");
	put_use(out, a);
	fprintf(out, "\n");
	dsfit_words_reasons(say, put_indented, out);
}

static void put_corrected(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	char old[DSFIT_REQUEST_TEXT], new[DSFIT_REQUEST_TEXT];
	struct dsfit_texts t;

	fprintf(out, "corrected: %s -> %s\n", asked_text(say, old),
		dsfit_words_request(say, &d->corrected.request, new));
	put_workload(out, say);
	if (!d->nothing_asked && d->assessment.gpu_capacity && d->assessment.gpu == DSFIT_EXCEEDS)
		fprintf(out, ": %s of %s a GPU as asked; now ",
			dsfit_words_bytes(d->assessment.account.gpu.peak, &t, 0),
			dsfit_words_bytes(d->assessment.gpu_capacity, &t, 1));
	else
		fprintf(out, ": ");
	put_use(out, &d->corrected.assessment);
	fprintf(out, "\n");
	put_requeue(out, &d->corrected);
	if (!d->nothing_asked && d->assessment.gpu != DSFIT_EXCEEDS)
		dsfit_words_reasons(say, put_indented, out);
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
		fprintf(out, "  not corrected: it takes more nodes, and the nodes are named\n");
		break;
	case DSFIT_OBSTACLE_NOTHING_FITS:
		if (!d->alternative_count)
			fprintf(out, "  nothing at this site fits it\n");
		break;
	case DSFIT_OBSTACLE_UNKNOWN_GPU:
		fprintf(out, "  the policy here refuses GPU types that are not configured\n");
		break;
	default:
		break;
	}
}

/* "instead: -N 2 --gpus-per-node=a100:4 (33.7 GiB of 39.4 GiB a GPU, $32.80/h)". */
static void put_alternative(FILE *out, const struct dsfit_say *say,
			    const struct dsfit_alternative *one)
{
	bool advice = say->decision->nothing_asked && say->decision->action == DSFIT_PASS;
	const char *lead = advice ? "fits" : "instead";
	char text[DSFIT_REQUEST_TEXT];
	struct dsfit_texts t;

	if (one->training)
		lead = "or, with the training set up so";
	fprintf(out, "  %s: %s", lead, dsfit_words_request(say, &one->request, text));
	if (one->training)
		dsfit_words_options(out, say->prefix, one->training);
	fprintf(out, " (%s of %s a GPU", dsfit_words_bytes(one->assessment.account.gpu.peak, &t, 0),
		dsfit_words_bytes(one->assessment.gpu_capacity, &t, 1));
	if (one->assessment.price >= 0)
		fprintf(out, ", $%.2f/h", one->assessment.price);
	fprintf(out, ")\n");
}

/* What a misfit lacks. */
static void put_lack(FILE *out, const struct dsfit_assessment *a)
{
	struct dsfit_texts t;

	fprintf(out, "the nearest, ");
	dsfit_words_layout(out, a);
	if (!a->divides) {
		fprintf(out, ": the parallel degrees do not divide its GPUs\n");
		return;
	}
	fprintf(out, ", lacks ");
	if (a->gpu == DSFIT_EXCEEDS)
		fprintf(out, "%s a GPU: %s needed at least, %s there\n",
			dsfit_words_bytes(dsfit_sub(a->account.gpu.low, a->gpu_capacity), &t, 0),
			dsfit_words_bytes(a->account.gpu.low, &t, 1),
			dsfit_words_bytes(a->gpu_capacity, &t, 2));
	else if (a->host == DSFIT_EXCEEDS)
		fprintf(out, "%s host memory a node: %s needed at least, %s there\n",
			dsfit_words_bytes(dsfit_sub(a->account.host.low, a->host_capacity), &t, 0),
			dsfit_words_bytes(a->account.host.low, &t, 1),
			dsfit_words_bytes(a->host_capacity, &t, 2));
	else
		fprintf(out, "%s\n", a->gpu == DSFIT_TIGHT ? "room in its GPUs for comfort" :
			a->nvme == DSFIT_EXCEEDS ? "scratch" :
			a->storage == DSFIT_EXCEEDS ? "storage" : "network");
}

/* What the roomiest request of the site would still lack. */
static void put_closest(FILE *out, const struct dsfit_decision *d)
{
	if (d->alternative_count || !d->closest.placed)
		return;
	fprintf(out, "  ");
	put_lack(out, &d->closest);
}

static void put_refused(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	char text[DSFIT_REQUEST_TEXT];

	fprintf(out, "refused: ");
	put_workload(out, say);
	if (d->nothing_asked)
		fprintf(out, " asks for no GPUs\n");
	else
		fprintf(out, " does not fit: %s\n", asked_text(say, text));
	dsfit_words_reasons(say, put_indented, out);
	put_obstacle(out, say);
	put_closest(out, d);
	for (size_t i = 0; i < d->alternative_count; i++)
		put_alternative(out, say, &d->alternatives[i]);
}

static void put_decision(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	if (d->mode == DSFIT_MODE_OFF)
		return;
	if (d->fit_denied)
		fprintf(out, "the policy here is to %s, and does not let you choose %s\n",
			dsfit_mode_names[d->mode], dsfit_mode_names[say->workload->fit]);
	switch (d->action) {
	case DSFIT_CORRECT:
		put_corrected(out, say);
		break;
	case DSFIT_REFUSE:
		put_refused(out, say);
		break;
	default:
		put_passed(out, say);
		for (size_t i = 0; i < d->alternative_count; i++)
			put_alternative(out, say, &d->alternatives[i]);
		break;
	}
}

/* What a stream of memory holds, once it is closed; NULL where memory is out. */
static char *end_text(FILE *out, char **text)
{
	if (!out || !fclose(out))
		return *text;
	free(*text);
	return NULL;
}

/* Collect what a writer writes; NULL where memory is out. */
static char *collect(const struct dsfit_say *say, void (*first)(FILE *, const struct dsfit_say *),
		     void (*second)(FILE *, const struct dsfit_say *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out)
		first(out, say);
	if (out && second)
		second(out, say);
	return end_text(out, &text);
}

char *dsfit_say_workload(const struct dsfit_workload *workload)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out)
		dsfit_words_workload(out, workload, NULL);
	return end_text(out, &text);
}

char *dsfit_say_closest(const struct dsfit_assessment *closest)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out)
		put_lack(out, closest);
	return end_text(out, &text);
}

char *dsfit_say_decision(const struct dsfit_say *say)
{
	bool full = say->workload->explain == DSFIT_EXPLAIN_FULL &&
		    say->decision->mode != DSFIT_MODE_OFF;

	return collect(say, put_decision, full ? dsfit_words_account : NULL);
}

char *dsfit_say_account(const struct dsfit_say *say)
{
	return collect(say, dsfit_words_account, put_decision);
}

char *dsfit_say_record(const struct dsfit_say *say, unsigned changed_before)
{
	const struct dsfit_decision *d = say->decision;
	const struct dsfit_assessment *a = dsfit_words_shown(d);
	char old[DSFIT_REQUEST_TEXT], new[DSFIT_REQUEST_TEXT], *text = NULL;
	struct dsfit_texts t;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "dsfit: ");
	put_workload(out, say);
	fprintf(out, ": %s", dsfit_words_bytes(a->account.gpu.peak, &t, 0));
	if (a->gpu_capacity)
		fprintf(out, " of %s", dsfit_words_bytes(a->gpu_capacity, &t, 1));
	fprintf(out, " a GPU: %s", a->overall == DSFIT_EXCEEDS ? "does not fit" :
							dsfit_verdict_names[a->overall]);
	if (d->action == DSFIT_CORRECT) {
		fprintf(out, "; changed: %s -> %s", asked_text(say, old),
			dsfit_words_request(say, &d->corrected.request, new));
	} else if (changed_before) {
		fprintf(out, "; changed on the submit host: ");
		put_changes(out, changed_before);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	dsfit_printable(text);
	return text;
}

char *dsfit_say_undeclared(const struct dsfit_policy *policy, bool refused, const char *prefix,
			   const char *why)
{
	const char *lead = refused ? "refused: " : "not sized: ";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (why)
		fprintf(out, "%sthe declaration that came with the job is of no use: %s\n", lead, why);
	else
		fprintf(out, "%snothing says what is trained\n", lead);
	if (refused && policy->undeclared_from_gpus)
		fprintf(out, "  the policy here is to refuse jobs of %llu GPU%s or more that do not "
			"say it\n", (unsigned long long)policy->undeclared_from_gpus,
			policy->undeclared_from_gpus == 1 ? "" : "s");
	else if (refused)
		fprintf(out, "  the policy here is to refuse jobs that do not say it\n");
	fprintf(out, "  %smodel says it: a size such as 13B, a name, or a config.json\n", prefix);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
