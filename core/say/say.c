/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A user who submits a job reads at most a few lines. They must hold the verdict, the figures
 * behind it and what to type, whatever else there is to say. This file writes them in the order of
 * their importance and leaves out what has no room:
 *
 *	fits, tight		verdict, layout, one reason or the host memory		3 rows
 *	corrected		old -> new request, reasons, the new layout		8 rows
 *	does not fit, refused	verdict, reasons, why there is no correction,
 *				the closest request, what to type instead		8 rows
 *
 * Rows are those of the user's terminal, so a wrapped line counts as several (core/base/wrap.h).
 * The phrases are in phrases.c, the whole account in say_account.c, JSON in say_json.c.
 */
#include "core/say/say.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/text.h"
#include "core/base/wrap.h"
#include "core/decide/rules.h"
#include "core/request/processes.h"
#include "core/say/alternative.h"
#include "core/say/phrases.h"
#include "core/say/say_account.h"

/* The most rows of an answer: for a job that fits, and for any other. */
#define FIT_ROWS 3
#define MISFIT_ROWS 8

/* A text that is being written, and how many rows it may take. */
struct page {
	const struct dsfit_say *say;
	FILE *out;
	struct dsfit_text text;
	size_t begin;		/* where the decision begins in the text: rows count from there */
	size_t most;		/* rows that it may take */
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

/*
 * Write the reasons from the `first` on. The reason for the verdict is always written. The others
 * are written if they leave three rows for what to do.
 */
static void put_reasons(struct page *page, const struct dsfit_reasons *reasons, size_t first)
{
	size_t others = page->most > FIT_ROWS ? 3 : 0;

	for (size_t i = first; i < reasons->count; i++) {
		char line[sizeof(reasons->line[0]) + 4];

		snprintf(line, sizeof(line), "  %s\n", reasons->line[i]);
		if (!i || room(page) >= rows_of(page, line) + others)
			fprintf(page->out, "%s", line);
	}
}

/* "3 nodes x 4 A100 40GB: 27.8 GiB of 39.4 GiB per GPU", without a newline. */
static void put_use(FILE *out, const struct dsfit_assessment *a)
{
	struct dsfit_texts t;

	dsfit_phrase_layout(out, a);
	fprintf(out, ": %s", dsfit_phrase_bytes(a->account.gpu.peak, &t, 0));
	if (a->gpu_capacity)
		fprintf(out, " of %s", dsfit_phrase_bytes(a->gpu_capacity, &t, 1));
	fprintf(out, " per GPU");
}

static void put_host(FILE *out, const struct dsfit_assessment *a)
{
	struct dsfit_texts t;

	fprintf(out, "  host memory: %s", dsfit_phrase_bytes(a->account.host.per_node, &t, 0));
	if (a->host_capacity)
		fprintf(out, " of %s", dsfit_phrase_bytes(a->host_capacity, &t, 1));
	fprintf(out, " per node\n");
}

/* Processes that do not match the GPUs. */
static void put_processes(FILE *out, const struct dsfit_request *r,
			  const struct dsfit_layout *layout)
{
	uint64_t processes = dsfit_processes(r, layout);

	fprintf(out, "  %llu process%s for %llu GPUs: each GPU needs a process of its own\n",
		(unsigned long long)processes, processes == 1 ? "" : "es",
		(unsigned long long)layout->gpus);
}

/* A warning if dsfit chose a partition whose jobs may be preempted. */
static void put_requeue(FILE *out, const struct dsfit_alternative *one)
{
	if (one->preemptible && (one->changes & DSFIT_CHANGE_PARTITION))
		fprintf(out, "  jobs in partition %s can be preempted: add --requeue so that Slurm "
			"restarts this job\n", one->request.partition);
}

/* The request in the gate's own options. */
static const char *asked_text(const struct dsfit_say *say, char text[DSFIT_REQUEST_TEXT])
{
	if (say->decision->nothing_asked)
		return "no GPUs requested";
	return dsfit_phrase_request(say, &say->decision->asked, text);
}

/* The workload, with the micro-batch that it has on the layout of the decision. */
static void put_workload(FILE *out, const struct dsfit_say *say)
{
	dsfit_phrase_workload(out, say->workload, &dsfit_phrase_shown(say->decision)->account);
}

/* --- what comes closest ------------------------------------------------------------------- */

/* Something that a job needs, and how much of it is available. */
struct need {
	const char *what, *per;		/* "at least 3 GiB [scratch ]needed[ per node]" */
	enum dsfit_verdict verdict;
	uint64_t low, expected, high, available;
	const char *(*format)(uint64_t quantity, char text[DSFIT_SIZE_TEXT]);
};

/* The figures behind the verdict: the low end of the estimate if even that is too much. */
static void put_need(FILE *out, const struct need *need)
{
	char first[DSFIT_SIZE_TEXT], last[DSFIT_SIZE_TEXT];

	if (need->verdict == DSFIT_EXCEEDS)
		fprintf(out, "at least %s", need->format(need->low, first));
	else
		fprintf(out, "%s to %s", need->format(need->expected, first),
			need->format(need->high, last));
	fprintf(out, " %sneeded%s, %s available\n", need->what, need->per,
		need->format(need->available, first));
}

/* The request that came closest to fitting, and the first thing it has too little of. */
static void put_closest_request(FILE *out, const struct dsfit_say *say,
				const struct dsfit_assessment *a)
{
	const struct dsfit_site *site = say->site;
	char fault[DSFIT_REASON_TEXT];
	const struct dsfit_account *n = &a->account;
	const struct need needs[] = {
		{ "", " per GPU", a->gpu, n->gpu.low, n->gpu.peak, n->gpu.high_declared,
		  a->gpu_capacity, dsfit_format_bytes },
		{ "host memory ", " per node", a->host, n->host.low, n->host.per_node, n->host.high,
		  a->host_capacity, dsfit_format_bytes },
		{ "scratch ", " per node", a->nvme, n->nvme.low, n->nvme.per_node, n->nvme.high,
		  a->nvme_capacity, dsfit_format_bytes },
		{ "storage ", "", a->storage, n->storage.low, n->storage.total, n->storage.high,
		  site->storage, dsfit_format_bytes },
		{ "network bandwidth ", " per node", a->network_counts, a->network_low,
		  a->network_low, a->network_high, a->network_capacity, dsfit_format_rate },
	};
	size_t i = 0;

	fprintf(out, "closest request: ");
	dsfit_phrase_layout(out, a);
	fprintf(out, ": ");
	if (a->stop.text[0]) {
		fprintf(out, "%s\n", a->stop.text);
		return;
	}
	if (dsfit_card_stops(a->fault)) {
		dsfit_phrase_fault(say, a, fault);
		fprintf(out, "%s\n", fault);
		return;
	}
	while (i + 1 < DSFIT_ARRAY_SIZE(needs) && needs[i].verdict != a->overall)
		i++;
	put_need(out, &needs[i]);
}

/* Nothing, unless no request fits and one came close. */
static void put_closest(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	if (dsfit_something_fits(d) || !d->closest.placed)
		return;
	fprintf(out, "  ");
	put_closest_request(out, say, &d->closest);
}

/* Whether there are partitions that dsfit offers only to a job that names one. */
static bool may_name_another(const struct dsfit_say *say)
{
	for (size_t i = 0; i < say->site->partition_count; i++)
		if (say->site->partitions[i].only_named && !say->site->partitions[i].is_default)
			return !say->decision->asked.partition[0];
	return false;
}

/* Why there is no request that fits. */
static const char *nothing_fits(const struct dsfit_say *say)
{
	const struct dsfit_assessment *closest = &say->decision->closest;

	if (!say->site->class_count)
		return "this configuration has no nodes yet: \"dsfit discover\" writes them";
	if (may_name_another(say))
		return "no request fits, but perhaps in a partition that you may use and name "
		       "with -p";
	return closest->placed && closest->overall == DSFIT_TIGHT ?
	       "no request at this site is sure to fit" : "no request at this site fits";
}

/* --- the job passes ----------------------------------------------------------------------- */

/* No GPUs were requested: the requests that fit follow as alternatives. */
static void put_unasked(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	put_workload(out, say);
	if (!dsfit_something_fits(d))
		fprintf(out, ": %s\n", nothing_fits(say));
	else
		fprintf(out, d->request_unknown ? ": these requests fit:\n" :
						  ": no GPUs requested\n");
	put_closest(out, say);
}

/* Write the verdict and the workload. If the verdict is unknown, its reason takes the first line
 * and the workload the second. */
static void put_verdict(FILE *out, const struct dsfit_say *say, const struct dsfit_reasons *reasons)
{
	enum dsfit_verdict verdict = say->decision->assessment.overall;

	if (verdict == DSFIT_UNKNOWN)
		fprintf(out, "cannot tell: %s\n  ", reasons->line[0]);
	else
		fprintf(out, "%s: ", dsfit_phrase_verdict(verdict));
	put_workload(out, say);
	fprintf(out, "\n");
}

static void put_passed(struct page *page)
{
	const struct dsfit_assessment *a = &page->say->decision->assessment;
	struct dsfit_reasons reasons;
	FILE *out = page->out;

	if (page->say->decision->nothing_asked) {
		put_unasked(out, page->say);
		return;
	}
	dsfit_phrase_reasons(page->say, &reasons);
	put_verdict(out, page->say, &reasons);
	fprintf(out, "  ");
	/* If GPU memory is the problem, the reason has its figures. */
	if (a->gpu == DSFIT_EXCEEDS)
		dsfit_phrase_layout(out, a);
	else
		put_use(out, a);
	fprintf(out, "\n");
	put_reasons(page, &reasons, a->overall == DSFIT_UNKNOWN);
	if (!reasons.count)
		put_host(out, a);
	if (a->placed && dsfit_launch_of(&page->say->decision->asked, &a->layout) ==
				 DSFIT_LAUNCH_OTHER)
		put_processes(out, &page->say->decision->asked, &a->layout);
}

/* What a job has to do to use the GPUs and nodes that it did not ask for. */
static void put_launch(FILE *out, const struct dsfit_alternative *one)
{
	const struct dsfit_layout *layout = &one->assessment.layout;

	if (!(one->changes & (DSFIT_CHANGE_GPUS | DSFIT_CHANGE_NODES)))
		return;
	switch (dsfit_launch_of(&one->request, layout)) {
	case DSFIT_LAUNCH_LAUNCHER:
		if (layout->nodes > 1)
			fprintf(out, "  start with: srun torchrun --nnodes=$SLURM_NNODES "
				"--nproc_per_node=gpu\n");
		else if (layout->gpus > 1)
			fprintf(out, "  start with: torchrun --nproc_per_node=gpu\n");
		break;
	case DSFIT_LAUNCH_OTHER:
		put_processes(out, &one->request, layout);
		break;
	default:
		break;
	}
}

/* --- the request is corrected -------------------------------------------------------------- */

static void put_corrected(struct page *page)
{
	const struct dsfit_say *say = page->say;
	const struct dsfit_decision *d = say->decision;
	char old[DSFIT_REQUEST_TEXT], new[DSFIT_REQUEST_TEXT];
	struct dsfit_reasons reasons;
	FILE *out = page->out;

	fprintf(out, "corrected: %s -> %s\n  ", asked_text(say, old),
		dsfit_phrase_request(say, &d->corrected.request, new));
	put_workload(out, say);
	fprintf(out, "\n");
	dsfit_phrase_reasons(say, &reasons);
	put_reasons(page, &reasons, 0);
	fprintf(out, d->nothing_asked ? "  " : "  now ");
	put_use(out, &d->corrected.assessment);
	fprintf(out, "\n");
	if (d->corrected.changes & DSFIT_CHANGE_MEMORY)
		put_host(out, &d->corrected.assessment);
	put_launch(out, &d->corrected);
	reasons.count = 0;
	dsfit_phrase_evaluation(say, &d->corrected.assessment, &reasons);
	dsfit_phrase_card(say, &d->corrected.assessment, &reasons);
	dsfit_phrase_wait(say, &d->corrected.assessment, &reasons);
	put_reasons(page, &reasons, 0);
	put_requeue(out, &d->corrected);
}

/* --- the job is refused -------------------------------------------------------------------- */

/* Some changes by their `names`, in the order of enum dsfit_change. */
static void put_changes(FILE *out, const char *const *names, unsigned changes)
{
	const char *separator = "";

	for (int i = 0; names[i]; i++) {
		if (!(changes & (1u << i)))
			continue;
		fprintf(out, "%s%s", separator, names[i]);
		separator = ", ";
	}
}

/* The request needs a change that may not be made. */
static void put_forbidden(FILE *out, const struct dsfit_decision *d)
{
	static const char *const names[] = {
		"memory", "scratch", "the constraint", "the number of GPUs", "the number of nodes",
		"the GPU type", "the partition", NULL
	};

	fprintf(out, "  not corrected: the job needs a change of ");
	put_changes(out, names, d->forbidden);
	if (d->asked.gpu_type[0] && (d->forbidden & DSFIT_CHANGE_GPU_TYPE))
		fprintf(out, ", but you requested %s\n", d->asked.gpu_type);
	else
		fprintf(out, ", which the policy (may-change) does not allow\n");
}

/* What would fit may be beyond the job's limits. */
static void put_limits(FILE *out, const struct dsfit_decision *d)
{
	const struct dsfit_limits *limits = &d->limits;

	if (d->obstacle != DSFIT_OBSTACLE_NOTHING_FITS && d->obstacle != DSFIT_OBSTACLE_OTHER &&
	    d->obstacle != DSFIT_OBSTACLE_MAY_CHANGE)
		return;
	if (limits->gpus != UINT64_MAX)
		fprintf(out, "  most GPUs of this job: %llu (limit of its partition, QOS or "
			"association)\n", (unsigned long long)limits->gpus);
	if (limits->nodes != UINT64_MAX)
		fprintf(out, "  most nodes of this job: %llu (limit of its partition, QOS or "
			"association)\n", (unsigned long long)limits->nodes);
	for (size_t i = 0; i < limits->type_count; i++)
		fprintf(out, "  most %s GPUs of this job: %llu (limit of its QOS or association)\n",
			limits->of_type[i].type, (unsigned long long)limits->of_type[i].gpus);
}

/* The policy's key that decides about the job. */
static const char *mode_key(const struct dsfit_say *say)
{
	return say->workload->inferred ? "inferred" : "mode";
}

static void put_obstacle(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	switch (d->obstacle) {
	case DSFIT_OBSTACLE_MODE:
		fprintf(out, "  not corrected: the policy here is %s = reject\n",
			mode_key(say));
		break;
	case DSFIT_OBSTACLE_WISH:
		fprintf(out, "  not corrected: %sfit=reject was given\n", say->prefix);
		break;
	case DSFIT_OBSTACLE_OTHER:
		fprintf(out, "  not corrected: no request with more of the same GPUs or nodes "
			"fits\n");
		break;
	case DSFIT_OBSTACLE_MAY_CHANGE:
		put_forbidden(out, d);
		break;
	case DSFIT_OBSTACLE_TASKS:
		fprintf(out, "  not corrected: more nodes are needed, but you set the number "
			"of tasks\n");
		break;
	case DSFIT_OBSTACLE_PROCESSES:
		fprintf(out, "  not corrected: more GPUs need more tasks, and you set the number "
			"of tasks\n");
		break;
	case DSFIT_OBSTACLE_LAUNCH:
		fprintf(out, "  not corrected: more nodes are needed, but srun has already "
			"fixed the number of tasks\n");
		break;
	case DSFIT_OBSTACLE_FIXED:
		fprintf(out, "  not corrected: slurmctld cannot change the GPUs and memory that "
			"this job's steps use\n");
		break;
	case DSFIT_OBSTACLE_TIME:
		fprintf(out, "  not corrected: the search reached its limit (in slurmctld: "
			"controller-budget) before it had tried all nodes\n");
		break;
	case DSFIT_OBSTACLE_LIST:
		fprintf(out, "  not corrected: other nodes may be needed, but you used --nodelist, "
			"--nodefile, --exclude or --reservation\n");
		break;
	case DSFIT_OBSTACLE_NOTHING_FITS:
		if (!d->alternative_count || d->nothing_asked)
			fprintf(out, "  %s\n", nothing_fits(say));
		break;
	case DSFIT_OBSTACLE_UNKNOWN_GPU:
		fprintf(out, "  this site refuses GPU types that no nodes in dsfit.conf have\n");
		break;
	default:
		break;
	}
}

/* What is wrong with the request, in one word or two. */
static const char *misfit_text(enum dsfit_verdict verdict)
{
	return verdict == DSFIT_EXCEEDS ? dsfit_phrase_verdict(verdict) :
	       verdict == DSFIT_TIGHT ? "might not fit" : "cannot tell";
}

static void put_refused(struct page *page)
{
	const struct dsfit_say *say = page->say;
	const struct dsfit_decision *d = say->decision;
	char text[DSFIT_REQUEST_TEXT];
	struct dsfit_reasons reasons;
	FILE *out = page->out;

	fprintf(out, "refused: ");
	put_workload(out, say);
	if (d->nothing_asked)
		fprintf(out, "\n  no GPUs requested\n");
	else
		fprintf(out, "\n  %s: %s\n", misfit_text(d->assessment.overall),
			asked_text(say, text));
	dsfit_phrase_reasons(say, &reasons);
	put_reasons(page, &reasons, 0);
	put_obstacle(out, say);
	put_limits(out, d);
	put_closest(out, say);
}

/* --- what to type instead ------------------------------------------------------------------ */

/* The rows of all alternatives. */
static size_t alternative_rows(struct page *page)
{
	const struct dsfit_decision *d = page->say->decision;
	size_t rows = 0;

	for (size_t i = 0; i < d->alternative_count; i++) {
		char *line = dsfit_alternative_line(page->say, &d->alternatives[i], true);

		page->text.failed |= !line;
		rows += line ? rows_of(page, line) : 0;
		free(line);
	}
	return rows;
}

/* Write the first alternative, and the others if they have room. They have figures if all of them
 * have room with figures. */
static void put_alternatives(struct page *page)
{
	const struct dsfit_decision *d = page->say->decision;
	bool figures = alternative_rows(page) <= room(page);

	for (size_t i = 0; i < d->alternative_count; i++) {
		char *line = dsfit_alternative_line(page->say, &d->alternatives[i], figures);

		page->text.failed |= !line;
		if (line && (!i || rows_of(page, line) <= room(page)))
			fprintf(page->out, "%s", line);
		free(line);
	}
}

/* How far the batch would have to go down on the same GPUs, if there is room to say so. */
static void put_largest_batch(struct page *page)
{
	char words[DSFIT_LARGEST_TEXT], line[DSFIT_LARGEST_TEXT + 4];

	snprintf(line, sizeof(line), "  %s\n", dsfit_phrase_largest(page->say->decision, words));
	if (words[0] && rows_of(page, line) <= room(page))
		fprintf(page->out, "%s", line);
}

/* --- the whole ----------------------------------------------------------------------------- */

/* How many rows the decision may take. */
static size_t most_rows(const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;

	if (say->workload->explain == DSFIT_EXPLAIN_FULL)
		return SIZE_MAX;
	return d->action == DSFIT_PASS && !d->nothing_asked &&
	       d->assessment.overall != DSFIT_EXCEEDS ? FIT_ROWS : MISFIT_ROWS;
}

static void put_help(FILE *out, const struct dsfit_policy *policy)
{
	if (policy->help_url[0])
		fprintf(out, "  help: %s\n", policy->help_url);
}

static void put_decision(struct page *page)
{
	const struct dsfit_decision *d = page->say->decision;
	struct dsfit_policy policy;

	if (fflush(page->out))
		return;
	page->begin = page->text.size;
	page->most = most_rows(page->say);
	if (d->mode == DSFIT_MODE_OFF)
		return;
	if (d->fit_denied)
		fprintf(page->out, "%sfit=%s is not allowed here: the policy says %s = %s\n",
			page->say->prefix, dsfit_mode_names[page->say->workload->fit],
			mode_key(page->say), dsfit_mode_names[d->mode]);
	if (d->action == DSFIT_CORRECT) {
		put_corrected(page);
		return;
	}
	/* The site's line is beside the rows of an answer. */
	dsfit_policy_of(page->say->site, d->asked.partition, &policy);
	if (d->action == DSFIT_REFUSE)
		put_refused(page);
	else
		put_passed(page);
	put_alternatives(page);
	put_largest_batch(page);
	if (d->action != DSFIT_REFUSE)
		return;
	if (page->say->workload->inferred)
		fprintf(page->out, "  if the script trains something else, declare it with "
			"%smodel\n", page->say->prefix);
	put_help(page->out, &policy);
}

static void put_account(struct page *page)
{
	dsfit_put_account(page->out, page->say);
}

/* The text wrapped to the terminal's width. Frees `text`. NULL if there is no memory. */
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

/* The text that one or two writers make; NULL if there is no memory. */
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

char *dsfit_say_closest(const struct dsfit_site *site, const struct dsfit_workload *workload,
			const struct dsfit_assessment *closest)
{
	const struct dsfit_say say = { .site = site, .workload = workload, .prefix = "--" };
	struct dsfit_text text;

	if (dsfit_text_begin(&text))
		put_closest_request(text.out, &say, closest);
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
	fprintf(out, "dsfit: %s", say->workload->inferred ? "inferred from the script: " : "");
	put_workload(out, say);
	if (d->action != DSFIT_CORRECT && !d->nothing_asked)
		fprintf(out, ", for %s", asked_text(say, old));
	fprintf(out, ": %s", dsfit_phrase_bytes(a->account.gpu.peak, &t, 0));
	if (a->gpu_capacity)
		fprintf(out, " of %s", dsfit_phrase_bytes(a->gpu_capacity, &t, 1));
	fprintf(out, " per GPU, %s", dsfit_phrase_bytes(a->account.host.per_node, &t, 2));
	if (a->host_capacity)
		fprintf(out, " of %s", dsfit_phrase_bytes(a->host_capacity, &t, 3));
	fprintf(out, " per node: %s", dsfit_phrase_verdict(a->overall));
	if (d->action == DSFIT_CORRECT) {
		fprintf(out, "; changed: %s -> %s", asked_text(say, old),
			dsfit_phrase_request(say, &d->corrected.request, new));
	} else if (changed_before) {
		fprintf(out, "; changed on the submit host: ");
		put_changes(out, dsfit_change_names, changed_before);
	}
	record = dsfit_text_end(&text);
	if (record)
		dsfit_printable(record);
	return record;
}

char *dsfit_say_request_here(const struct dsfit_say *say)
{
	char request[DSFIT_REQUEST_TEXT];
	struct dsfit_text text;

	if (dsfit_text_begin(&text))
		fprintf(text.out, "in slurmctld the job requests %s\n",
			say->decision->nothing_asked ? "no GPUs" : asked_text(say, request));
	return dsfit_text_end(&text);
}

char *dsfit_say_help(const struct dsfit_policy *policy)
{
	struct dsfit_text text;

	if (dsfit_text_begin(&text))
		put_help(text.out, policy);
	return dsfit_text_end(&text);
}

char *dsfit_say_not_understood(const char *why)
{
	struct dsfit_text text;

	if (dsfit_text_begin(&text))
		fprintf(text.out, "not sized: %s\n", why);
	return dsfit_text_end(&text);
}

char *dsfit_say_undeclared(const struct dsfit_policy *policy, bool refused, const char *prefix,
			   const char *why, bool read, const char *line)
{
	const char *lead = refused ? "refused: " : "not sized: ";
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	if (why)
		fprintf(out, "%sthe job's declaration cannot be read: %s\n", lead, why);
	else
		fprintf(out, "%sthe job does not declare its model\n", lead);
	if (refused && policy->undeclared_from_gpus > 1)
		fprintf(out, "  jobs with %llu or more GPUs must declare their model here\n",
			(unsigned long long)policy->undeclared_from_gpus);
	else if (refused)
		fprintf(out, "  jobs %smust declare their model here\n",
			policy->undeclared_from_gpus ? "with GPUs " : "");
	if (line)
		fprintf(out, "  %sput this line into the script%s:\n    %s\n", read ?
			"what a script says does not count here: " : "", read ? "" :
			", with what it trains", line);
	if (!read)
		fprintf(out, "  declare it with %smodel: a size such as 13B, a name, or a "
			"config.json\n", prefix);
	if (refused)
		put_help(out, policy);
	return dsfit_text_end(&text);
}

char *dsfit_say_undeclared_move(const char *partitions, const char *prefix)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	fprintf(out, "refused: jobs in partition %.200s must declare their model at submission\n",
		partitions);
	fprintf(out, "  cancel this job and submit it to that partition with %smodel\n", prefix);
	return dsfit_text_end(&text);
}
