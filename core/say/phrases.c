/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sbatch, slurmctld and the command must describe a job in the same words, and so must text and
 * JSON. This file has the phrases that they share:
 *
 *	the job			"13B, ZeRO-3, batch 1 x 2048 tokens"
 *	where it runs		"2 nodes x 4 A100 40GB", "6 A100 40GB on 2 nodes, up to 4 on one"
 *	why it does not fit	"memory per GPU: 64.0 GiB needed, A100 40GB has 39.4 GiB"
 *
 * A reason gives the figure and the limit that decided. A verdict of "exceeds" is about what the
 * job is expected to need, "tight" about what it may need at most.
 */
#include "core/say/phrases.h"

#include <stdio.h>
#include <string.h>

#include "core/base/near_miss.h"
#include "core/site/card_name.h"

const char *dsfit_phrase_bytes(uint64_t value, struct dsfit_texts *t, int i)
{
	return dsfit_format_bytes(value, t->text[i]);
}

const char *dsfit_phrase_verdict(enum dsfit_verdict verdict)
{
	return verdict == DSFIT_EXCEEDS ? "does not fit" : dsfit_verdict_names[verdict];
}

const char *dsfit_phrase_gpu(const struct dsfit_assessment *a)
{
	return a->class ? a->class->gpu->label : a->card ? a->card->label : "GPU";
}

void dsfit_phrase_layout(FILE *out, const struct dsfit_assessment *a)
{
	const struct dsfit_layout *layout = &a->layout;

	/* Slurm does not share GPUs out evenly. */
	if (layout->gpus != dsfit_mul(layout->nodes, layout->gpus_per_node)) {
		fprintf(out, "%llu %s on %llu nodes, up to %llu on one",
			(unsigned long long)layout->gpus, dsfit_phrase_gpu(a),
			(unsigned long long)layout->nodes,
			(unsigned long long)layout->gpus_per_node);
		return;
	}
	fprintf(out, "%llu node%s x %llu %s", (unsigned long long)a->layout.nodes,
		a->layout.nodes == 1 ? "" : "s", (unsigned long long)a->layout.gpus_per_node,
		dsfit_phrase_gpu(a));
}

void dsfit_phrase_workload(FILE *out, const struct dsfit_workload *w,
			   const struct dsfit_account *account)
{
	const struct dsfit_training *t = &w->training;

	fprintf(out, "%s", w->model.name);
	if (t->engine == DSFIT_ENGINE_NONE)
		fprintf(out, ", no engine");
	else
		fprintf(out, ", ZeRO-%u", t->zero);
	if (t->method != DSFIT_METHOD_FULL)
		fprintf(out, ", %s", dsfit_method_names[t->method]);
	if (t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		fprintf(out, ", optimizer on %s", dsfit_offload_names[t->offload_optimizer]);
	if (t->offload_param != DSFIT_OFFLOAD_NONE)
		fprintf(out, ", parameters on %s", dsfit_offload_names[t->offload_param]);
	fprintf(out, ", batch %llu x %llu tokens",
		(unsigned long long)(account ? account->micro_batch : t->micro_batch),
		(unsigned long long)t->sequence);
}

const char *dsfit_phrase_request(const struct dsfit_say *say, const struct dsfit_request *request,
				 char text[DSFIT_REQUEST_TEXT])
{
	return say->write_request(request, text, DSFIT_REQUEST_TEXT);
}

const char *dsfit_phrase_largest(const struct dsfit_decision *d, char text[DSFIT_LARGEST_TEXT])
{
	text[0] = '\0';
	if (d->largest_batch)
		snprintf(text, DSFIT_LARGEST_TEXT, "the largest batch that fits here is %llu",
			 (unsigned long long)d->largest_batch);
	return text;
}

/* --- why a request does not fit ------------------------------------------------------------ */

void dsfit_phrase_evaluation(const struct dsfit_say *say, const struct dsfit_assessment *a,
			     struct dsfit_reasons *out)
{
	struct dsfit_texts t;

	if (!dsfit_evaluation_is_tight(a))
		return;
	snprintf(out->line[out->count++], sizeof(out->line[0]),
		 "an evaluation at batch %llu would not fit (up to %s needed, %s has %s): "
		 "%sset=eval-batch:N says what is used, 0 none",
		 (unsigned long long)say->workload->training.eval_batch,
		 dsfit_phrase_bytes(a->account.gpu.high, &t, 0), dsfit_phrase_gpu(a),
		 dsfit_phrase_bytes(a->gpu_capacity, &t, 1), say->prefix);
}

static void reason_gpu(const struct dsfit_assessment *a, char *line, size_t size)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	bool tight = a->gpu == DSFIT_TIGHT;
	struct dsfit_texts t;

	if (a->gpu == DSFIT_UNKNOWN)
		snprintf(line, size, "memory per GPU: %s needed",
			 dsfit_phrase_bytes(gpu->peak, &t, 0));
	else
		snprintf(line, size, "memory per GPU: %s%s needed, %s has %s",
			 tight ? "up to " : "",
			 dsfit_phrase_bytes(tight ? gpu->high_declared : gpu->peak, &t, 0),
			 dsfit_phrase_gpu(a), dsfit_phrase_bytes(a->gpu_capacity, &t, 1));
}

static void reason_host(const struct dsfit_assessment *a, char *line, size_t size)
{
	const struct dsfit_host_account *host = &a->account.host;
	bool tight = a->host == DSFIT_TIGHT;
	struct dsfit_texts t;

	if (a->host == DSFIT_UNKNOWN)
		snprintf(line, size, "the host memory of these nodes is unknown (%s needed per "
			 "node): %s", dsfit_phrase_bytes(host->per_node, &t, 0),
			 a->class && a->class->name[0] ?
				 "administrators can set it in dsfit.conf" : "give it with --mem");
	else
		snprintf(line, size, "host memory: %s%s needed per node, %s available",
			 tight ? "up to " : "",
			 dsfit_phrase_bytes(tight ? host->high : host->per_node, &t, 0),
			 dsfit_phrase_bytes(a->host_capacity, &t, 1));
}

static void reason_network(const struct dsfit_assessment *a, char *line, size_t size)
{
	bool tight = a->network_counts == DSFIT_TIGHT;
	char whose[DSFIT_NAME_MAX + 32] = "the given network has";
	struct dsfit_texts t;

	/* Nodes without a name are those that the command was told about. */
	if (a->class && a->class->name[0])
		snprintf(whose, sizeof(whose), "nodes \"%s\" have", a->class->name);
	snprintf(line, size, "network: %s%s needed per node, %s %s", tight ? "" : "at least ",
		 /* cppcheck-suppress uninitvar ; it is filled there */
		 dsfit_format_rate(tight ? a->network_high : a->network_low, t.text[0]), whose,
		 dsfit_format_rate(a->network_capacity, t.text[1]));
}

static unsigned percent(double share)
{
	return (unsigned)(100 * share + 0.5);
}

void dsfit_phrase_wait(const struct dsfit_say *say, const struct dsfit_assessment *a,
		       struct dsfit_reasons *out)
{
	const struct dsfit_training *training = &say->workload->training;
	char (*line)[DSFIT_REASON_TEXT] = &out->line[out->count];
	struct dsfit_texts t;

	if (!dsfit_may_wait(a))
		return;
	/* Short enough for one row of a narrow terminal. */
	snprintf(*line, sizeof(*line), "network: GPUs wait %u %% of a step (%u %% with %s)",
		 percent(a->waiting), percent(say->site->estimate.network_wait),
		 /* cppcheck-suppress uninitvar ; it is filled there */
		 dsfit_format_rate(a->account.network.required, t.text[0]));
	out->count++;
	if (training->batch_declared && training->sequence_declared)
		return;
	snprintf(line[1], sizeof(*line), "larger batches wait less: declare the real values with "
		 "%sbatch and %sseq", say->prefix, say->prefix);
	out->count++;
}

void dsfit_phrase_fault(const struct dsfit_say *say, const struct dsfit_assessment *a,
			char line[DSFIT_REASON_TEXT])
{
	dsfit_card_fault_text(a->fault, a->class ? a->class->gpu : a->card,
			      &say->workload->training, say->prefix, line, DSFIT_REASON_TEXT);
}

void dsfit_phrase_card(const struct dsfit_say *say, const struct dsfit_assessment *a,
		       struct dsfit_reasons *out)
{
	if (a->fault && !dsfit_card_stops(a->fault))
		dsfit_phrase_fault(say, a, out->line[out->count++]);
}

/* What nodes have too little of to hold the request, in "...: NEEDED, AVAILABLE". */
static void phrase_lack(struct dsfit_lack lack, char *text, size_t size)
{
	unsigned long long needs = lack.needs, has = lack.has;
	struct dsfit_texts t;

	text[0] = '\0';
	switch (lack.what) {
	case DSFIT_LACK_NOTHING:
		break;
	case DSFIT_LACK_GPUS:
		snprintf(text, size, ": %llu GPUs per node, %llu available", needs, has);
		break;
	case DSFIT_LACK_CPUS:
		snprintf(text, size, ": %llu CPUs per node, %llu available", needs, has);
		break;
	case DSFIT_LACK_MEMORY:
		snprintf(text, size, ": %s host memory per node, %s available",
			 dsfit_phrase_bytes(lack.needs, &t, 0),
			 dsfit_phrase_bytes(lack.has, &t, 1));
		break;
	case DSFIT_LACK_SCRATCH:
		snprintf(text, size, ": %s scratch per node, %s available",
			 dsfit_phrase_bytes(lack.needs, &t, 0),
			 dsfit_phrase_bytes(lack.has, &t, 1));
		break;
	case DSFIT_LACK_NODES:
		snprintf(text, size, ": %llu nodes, %llu available", needs, has);
		break;
	case DSFIT_LACK_ALLOWED_NODES:
		snprintf(text, size, ": the request needs %llu nodes but allows only %llu", needs,
			 has);
		break;
	case DSFIT_LACK_GPUS_FOR_NODES:
		snprintf(text, size, ": %llu nodes for %llu GPUs", needs, has);
		break;
	case DSFIT_LACK_TASKS:
		snprintf(text, size, ": --ntasks-per-node=%llu for %llu tasks", needs, has);
		break;
	}
}

/* No nodes can hold the request: what they have too little of, and the nodes that come closest. */
static void reason_no_node(const struct dsfit_say *say, const struct dsfit_node_class *class,
			   char *line, size_t size)
{
	char lack[2 * DSFIT_SIZE_TEXT + 64];

	phrase_lack(dsfit_lack_on(say->site, &say->decision->asked, class), lack, sizeof(lack));
	snprintf(line, size, "no nodes of this site can hold this request%s; the closest %s %llu "
		 "node%s x %llu %s", lack, class->count == 1 ? "is" : "are",
		 (unsigned long long)class->count, class->count == 1 ? "" : "s",
		 (unsigned long long)class->gpus, class->gpu->label);
}

/* No nodes match the request, and who can say more. If the site has none with its GPU type, whether
 * the catalogue has such a card, or which type may have been meant. */
static void reason_no_match(const struct dsfit_say *say, char *line, size_t size)
{
	const struct dsfit_site *site = say->site;
	const char *type = say->decision->asked.gpu_type;
	const struct dsfit_gpu *card = type[0] ? dsfit_site_gpu(site, type) : NULL;
	char text[DSFIT_NEAR_TEXT];
	struct dsfit_near near;

	dsfit_near_start(&near, type);
	for (size_t i = 0; i < site->class_count && type[0]; i++) {
		const char *other = site->classes[i].gres_type;

		if (!strcmp(other, type))
			type = "";
		else if (dsfit_card_is_kin(type, other))
			dsfit_near_try(&near, other, site->classes[i].gpu);
	}
	if (!site->class_count)
		snprintf(line, size, "dsfit.conf has no nodes yet: administrators can write them "
			 "with \"dsfit discover\"");
	else if (!type[0])
		snprintf(line, size, "no nodes in dsfit.conf have this partition, constraint and "
			 "GPU type together: the site's administrators know if any do");
	else if (card)
		snprintf(line, size, "no nodes of this site have the GPU type %s (%s in "
			 "gpus.conf): the site's administrators can add them", type, card->label);
	else
		snprintf(line, size, "GPU type %s is in no list: %sneither nodes of this site nor "
			 "gpus.conf have it: the site's administrators can add it", type,
			 dsfit_near_text(&near, text));
	dsfit_printable(line);
}

static bool is_misfit(enum dsfit_verdict verdict)
{
	return verdict == DSFIT_EXCEEDS || verdict == DSFIT_TIGHT;
}

/* The next line to write a reason into. */
static char *next_line(struct dsfit_reasons *reasons)
{
	return reasons->line[reasons->count++];
}

void dsfit_phrase_reasons(const struct dsfit_say *say, struct dsfit_reasons *out)
{
	const struct dsfit_assessment *a = &say->decision->assessment;
	const struct dsfit_node_class *closest = a->nearest;
	const size_t size = sizeof(out->line[0]);
	struct dsfit_texts t;

	out->count = 0;
	if (say->decision->nothing_asked)
		return;
	if (a->stop.text[0])
		snprintf(next_line(out), size, "%s", a->stop.text);
	if (dsfit_card_stops(a->fault))
		dsfit_phrase_fault(say, a, next_line(out));
	/* If the verdict is unknown because of the nodes, that reason comes first. */
	if (closest && a->overall == DSFIT_UNKNOWN)
		reason_no_node(say, closest, next_line(out), size);
	else if (a->overall == DSFIT_UNKNOWN && !a->placed)
		reason_no_match(say, next_line(out), size);
	/* Nodes that do not exist have no GPU memory to compare with. */
	if ((is_misfit(a->gpu) && !dsfit_evaluation_is_tight(a)) ||
	    (a->gpu == DSFIT_UNKNOWN && a->overall == DSFIT_UNKNOWN))
		reason_gpu(a, next_line(out), size);
	if (is_misfit(a->host) || (a->host == DSFIT_UNKNOWN && a->gpu != DSFIT_UNKNOWN &&
				   a->overall == DSFIT_UNKNOWN))
		reason_host(a, next_line(out), size);
	if (is_misfit(a->nvme))
		snprintf(next_line(out), size, "scratch: %s needed per node for NVMe offload, %s "
			 "available", dsfit_phrase_bytes(a->account.nvme.per_node, &t, 0),
			 dsfit_phrase_bytes(a->nvme_capacity, &t, 1));
	if (is_misfit(a->storage))
		snprintf(next_line(out), size, "storage: %s needed, %s available",
			 dsfit_phrase_bytes(a->account.storage.total, &t, 0),
			 dsfit_phrase_bytes(say->site->storage, &t, 1));
	if (is_misfit(a->network_counts))
		reason_network(a, next_line(out), size);
	if (closest && a->overall != DSFIT_UNKNOWN)
		reason_no_node(say, closest, next_line(out), size);
	if (say->decision->action != DSFIT_PASS)
		return;
	dsfit_phrase_evaluation(say, a, out);
	dsfit_phrase_card(say, a, out);
	dsfit_phrase_wait(say, a, out);
}

/* --- what the account is shown for --------------------------------------------------------- */

const struct dsfit_assessment *dsfit_phrase_shown(const struct dsfit_decision *d)
{
	if (d->action == DSFIT_CORRECT)
		return &d->corrected.assessment;
	if (!d->nothing_asked)
		return &d->assessment;
	if (dsfit_something_fits(d))
		return &d->alternatives[0].assessment;
	return d->closest.placed ? &d->closest : &d->assessment;
}

void dsfit_phrase_options(FILE *out, const char *prefix, const char *options)
{
	while (*options) {
		size_t length = strcspn(options, " ");

		if (length)
			fprintf(out, " %s%.*s", prefix, (int)length, options);
		options += length + (options[length] == ' ');
	}
}
