/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "memory per GPU: 64.0 GiB needed" helps nobody who wants to know why. The account shows what each
 * GPU and each node of the job will hold, and where the figure comes from:
 *
 *	Three estimates		the terms at the peak, beside two estimates that people know: the
 *				hardware guide's rule of thumb and DeepSpeed's own estimator
 *	GPU, host memory	the sum, the range of the estimate, what is available, the verdict,
 *				a bar to scale
 *	the arithmetic		each part as bytes x count, with --explain=full only
 *	Allocated		what PyTorch allocates in each phase of a training step
 *	Changes			options that save the most GPU memory, and what they cost
 *	NVMe, storage, network, cost
 *
 * All figures come from one struct dsfit_assessment; only the estimators' are computed here
 * (core/account/estimators.h). The same assessment as an SVG picture is at the end of the file.
 */
#include "core/say/say_account.h"

#include <stdlib.h>

#include "core/account/release.h"
#include "core/account/estimators.h"
#include "core/base/text.h"
#include "core/decide/advice.h"
#include "core/say/not_known.h"
#include "core/say/phrases.h"
#include "core/say/picture_svg.h"
#include "core/training/uncounted.h"

/* Stands in a row for an estimate that does not exist. */
#define NO_FIGURE UINT64_MAX

/* When in a training step the peak occurs. */
static const char *phase_text(enum dsfit_phase phase)
{
	static const char *const texts[] = {
		[DSFIT_PHASE_FORWARD] = "the forward pass",
		[DSFIT_PHASE_BACKWARD] = "the backward pass",
		[DSFIT_PHASE_STEP] = "the optimizer step",
		[DSFIT_PHASE_EVALUATION] = "the evaluation",
	};

	return texts[phase];
}

/* --- the table of estimates ---------------------------------------------------------------- */

static void put_row(FILE *out, const char *name, uint64_t guide, uint64_t deepspeed,
		    uint64_t dsfit)
{
	const uint64_t figures[] = { guide, deepspeed, dsfit };
	struct dsfit_texts t;

	fprintf(out, "  %-20s", name);
	for (int i = 0; i < 3; i++)
		fprintf(out, i ? " %11s" : " %14s", figures[i] == NO_FIGURE ? "-" :
					      dsfit_phrase_bytes(figures[i], &t, i));
	fprintf(out, "\n");
}

/* A term that only dsfit estimates; left out if it is 0. */
static void put_term(FILE *out, const char *name, uint64_t value)
{
	if (value)
		put_row(out, name, NO_FIGURE, NO_FIGURE, value);
}

/* "NAME: 33.7 GiB (28.1 GiB to 36.6 GiB)", without a newline. */
static void put_need(FILE *out, const char *name, uint64_t middle, uint64_t low, uint64_t high)
{
	struct dsfit_texts t;

	fprintf(out, "%s: %s (%s to %s)", name, dsfit_phrase_bytes(middle, &t, 0),
		dsfit_phrase_bytes(low, &t, 1), dsfit_phrase_bytes(high, &t, 2));
}

/* " of 39.4 GiB available: fits"; nothing if that is not known. A card that has enough is not said
 * to fit if no node can hold the request. */
static void put_available(FILE *out, const struct dsfit_assessment *a, uint64_t capacity,
			  enum dsfit_verdict verdict)
{
	struct dsfit_texts t;

	if (!capacity)
		return;
	fprintf(out, " of %s available", dsfit_phrase_bytes(capacity, &t, 0));
	if (a->placed || verdict != DSFIT_FITS)
		fprintf(out, ": %s", dsfit_verdict_names[verdict]);
}

/* What the card cannot do, if anything. */
static void put_inabilities(FILE *out, const struct dsfit_gpu *card)
{
	const char *lead = " has no ";

	if (!card || !card->cannot)
		return;
	fprintf(out, "  %s", card->label);
	for (int i = 0; i < DSFIT_INABILITIES; i++) {
		if (!(card->cannot & 1u << i))
			continue;
		fprintf(out, "%s%s", lead, dsfit_inability_names[i]);
		lead = ", ";
	}
	fprintf(out, "\n");
}

/* A bar, if the reader wants bars. */
static void put_picture(FILE *out, const struct dsfit_say *say, const struct dsfit_assessment *a,
			void (*make)(const struct dsfit_assessment *, struct dsfit_bar *))
{
	struct dsfit_bar bar;

	if (!say->style)
		return;
	make(a, &bar);
	dsfit_put_picture(out, &bar, say->style);
}

/*
 * The hardware guide's rule of thumb, DeepSpeed's estimator and dsfit's own estimate, which
 * decides. DeepSpeed's estimator gives one figure for all model states, and none for ZeRO stage 0.
 */
static void put_estimates(FILE *out, const struct dsfit_say *say, const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	const struct dsfit_host_account *host = &a->account.host;
	struct dsfit_estimates e;

	dsfit_estimate(&say->workload->model, &say->workload->training, &a->layout, &e);
	fprintf(out, "%-22s %14s %11s %11s\n", "Three estimates", "hardware guide", "DeepSpeed",
		"dsfit");
	put_row(out, "weights", e.guide.weights, NO_FIGURE, gpu->weights);
	put_row(out, "gradients", e.guide.gradients, NO_FIGURE, gpu->gradients);
	put_row(out, "optimizer", e.guide.optimizer, NO_FIGURE, gpu->optimizer);
	put_term(out, "communication", gpu->communication);
	put_term(out, "activations", gpu->activations);
	put_term(out, "loss", gpu->loss);
	put_term(out, "framework", gpu->framework);
	put_term(out, "slack", gpu->slack);
	put_row(out, "per GPU, peak", e.guide.per_gpu,
		e.has_deepspeed ? e.deepspeed.gpu : NO_FIGURE, gpu->peak);
	put_row(out, "host memory per node", host->guide_minimum,
		e.has_deepspeed ? e.deepspeed.cpu : NO_FIGURE, host->per_node);
}

/* GPU and host memory against what is available. */
static void put_memory(FILE *out, const struct dsfit_say *say, const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	const struct dsfit_host_account *host = &a->account.host;
	struct dsfit_texts t;

	fprintf(out, "Memory per GPU, peak in %s", phase_text(gpu->peak_phase));
	put_need(out, "", gpu->peak, gpu->low, gpu->high);
	put_available(out, a, a->gpu_capacity, a->gpu);
	fprintf(out, "\n");
	put_inabilities(out, a->class ? a->class->gpu : a->card);
	put_picture(out, say, a, dsfit_bar_gpu);
	if (host->own < host->guide_minimum)
		fprintf(out, "Host memory per node: %s (the hardware guide's minimum)",
			dsfit_phrase_bytes(host->per_node, &t, 0));
	else
		put_need(out, "Host memory per node", host->per_node, host->low, host->high);
	put_available(out, a, a->host_capacity, a->host);
	fprintf(out, "\n");
	put_picture(out, say, a, dsfit_bar_host);
}

/* --- the arithmetic ------------------------------------------------------------------------ */

/* "12.1 GiB = 2 bytes x 6.49B: trained"; a part that is no product has its bytes alone. */
static void put_part(FILE *out, const char *term, const char *cause, uint64_t part, uint64_t count)
{
	char counted[DSFIT_SIZE_TEXT];
	struct dsfit_texts t;

	fprintf(out, "  %-14s %10s", term, dsfit_phrase_bytes(part, &t, 0));
	if (count)
		fprintf(out, " = %.4g bytes x %s", (double)part / (double)count,
			dsfit_format_count(count, counted));
	fprintf(out, ": %s\n", cause);
}

/* How the hardware guide and DeepSpeed's estimator calculate, in their own terms. */
static void put_other_estimates(FILE *out, const struct dsfit_say *say,
				 const struct dsfit_assessment *a)
{
	const struct dsfit_training *t = &say->workload->training;
	const struct dsfit_model *m = &say->workload->model;
	char all[DSFIT_SIZE_TEXT], layer[DSFIT_SIZE_TEXT];
	struct dsfit_estimates e;
	struct dsfit_texts x;

	dsfit_estimate(m, t, &a->layout, &e);
	dsfit_format_count(m->parameters, all);
	fprintf(out, "Hardware guide: (4 weights + 4 gradients + 8 optimizer) bytes x %s "
		"parameters = %s; %s per GPU at ZeRO stage %u\n", all,
		dsfit_phrase_bytes(e.guide.total, &x, 0),
		dsfit_phrase_bytes(e.guide.per_gpu, &x, 1), t->zero);
	if (!e.has_deepspeed)
		return;
	fprintf(out, "DeepSpeed's estimator: ");
	if (t->zero == 3)
		fprintf(out, "4 bytes x %s parameters (largest layer)",
			dsfit_format_count(m->largest_layer, layer));
	else
		fprintf(out, "2 bytes x %s parameters", all);
	if (t->offload_optimizer == DSFIT_OFFLOAD_NONE)
		fprintf(out, " + 18 bytes x %s parameters / %llu GPUs", all,
			(unsigned long long)a->layout.gpus);
	else if (t->zero == 3 && t->offload_param == DSFIT_OFFLOAD_NONE)
		fprintf(out, " + 2 bytes x %s parameters / %llu GPUs", all,
			(unsigned long long)a->layout.gpus);
	fprintf(out, " = %s per GPU; %s host memory per node with its buffer factor of %.4g\n",
		dsfit_phrase_bytes(e.deepspeed.gpu, &x, 0),
		dsfit_phrase_bytes(e.deepspeed.cpu, &x, 1), t->buffer_factor);
}

/* The parts of each term, and what each part is. */
static void put_arithmetic(FILE *out, const struct dsfit_say *say,
			   const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	const struct dsfit_host_account *host = &a->account.host;

	put_other_estimates(out, say, a);
	fprintf(out, "dsfit, per GPU, peak in %s:\n", phase_text(gpu->peak_phase));
	for (int term = 0; term < DSFIT_TERMS; term++)
		for (size_t i = 0; i < gpu->part_count; i++)
			if (gpu->part[i].term == (enum dsfit_term)term)
				put_part(out, dsfit_term_names[term], gpu->part[i].cause,
					 gpu->part[i].bytes, gpu->part[i].count);
	put_part(out, "framework", a->layout.gpus > 1 ? "CUDA context and libraries, NCCL" :
		 "CUDA context and libraries", gpu->framework, 0);
	put_part(out, "slack", "reserved by PyTorch's allocator, but not in use", gpu->slack, 0);
	if (host->offload)
		put_part(out, "host", "offloaded states, per node", host->offload, 0);
	if (host->loading)
		put_part(out, "host", say->workload->training.zero == 3 &&
			 say->workload->training.zero_init ?
			 "peak while all ranks load the model, per node, if without zero.Init" :
			 "peak while all ranks load the model, per node", host->loading, 0);
	if (host->saving)
		put_part(out, "host", "what a checkpoint adds, per node", host->saving, 0);
	put_part(out, "host", "the hardware guide's minimum, per node", host->guide_minimum, 0);
}

/* --- the rest ------------------------------------------------------------------------------ */

/* The most changes of the training that are shown: those that save the most memory. */
#define ADVICE_LINES 4

static void put_advice(FILE *out, const struct dsfit_say *say, const struct dsfit_assessment *a)
{
	struct dsfit_advice advice[DSFIT_ADVICE_MAX];
	struct dsfit_texts t;
	size_t count = dsfit_advise(&say->workload->model, &say->site->families,
				    &say->workload->training, &a->layout,
				    &say->site->estimate, advice);

	if (count)
		fprintf(out, "Changes that save GPU memory:\n");
	for (size_t i = 0; i < count && i < ADVICE_LINES; i++) {
		fprintf(out, "  %9s ", dsfit_phrase_bytes(advice[i].saved, &t, 0));
		dsfit_phrase_options(out, say->prefix, advice[i].options);
		fprintf(out, " (%s", advice[i].costs);
		if (advice[i].host > DSFIT_GIB)
			fprintf(out, "; %s more host memory per node",
				dsfit_phrase_bytes(advice[i].host, &t, 1));
		fprintf(out, ")\n");
	}
}

static void put_releases(FILE *out, const struct dsfit_training *t)
{
	struct dsfit_releases releases = dsfit_releases_of(t);
	char text[3][DSFIT_RELEASE_TEXT];

	fprintf(out, "The middle of the range is for transformers %s, torch %s, deepspeed %s\n",
		dsfit_release_text(releases.transformers, text[0]),
		dsfit_release_text(releases.torch, text[1]),
		dsfit_release_text(releases.deepspeed, text[2]));
}

static void put_phases(FILE *out, const struct dsfit_gpu_account *gpu)
{
	struct dsfit_texts t;

	fprintf(out, "Allocated per GPU: %s between steps, %s in forward, %s in backward, %s in "
		"the optimizer step\n",
		dsfit_phrase_bytes(gpu->rest, &t, 0), dsfit_phrase_bytes(gpu->forward, &t, 1),
		dsfit_phrase_bytes(gpu->backward, &t, 2), dsfit_phrase_bytes(gpu->step, &t, 3));
}

static void put_scratch_and_storage(FILE *out, const struct dsfit_say *say,
				    const struct dsfit_assessment *a)
{
	const struct dsfit_account *need = &a->account;
	struct dsfit_texts t;

	if (need->nvme.high) {
		put_need(out, "NVMe per node", need->nvme.per_node, need->nvme.low,
			 need->nvme.high);
		put_available(out, a, a->nvme_capacity, a->nvme);
		fprintf(out, "\n");
	}
	fprintf(out, "Storage, including one checkpoint of %s: %s",
		dsfit_phrase_bytes(need->storage.checkpoint, &t, 0),
		dsfit_phrase_bytes(need->storage.total, &t, 1));
	put_available(out, a, say->site->storage, a->storage);
	fprintf(out, "\n");
}

/* Nodes that nobody has asked for are no reason to find fault with a network. */
static void put_network(FILE *out, const struct dsfit_say *say, const struct dsfit_assessment *a)
{
	const struct dsfit_network_account *need = &a->account.network;
	struct dsfit_texts t;

	if (a->layout.nodes < 2 ||
	    (say->decision->nothing_asked && a->network > DSFIT_UNKNOWN))
		return;
	fprintf(out, "Network: each GPU sends %s per step; each node needs %s",
		dsfit_phrase_bytes(need->bytes_per_step, &t, 0),
		dsfit_format_rate(need->required, t.text[1]));
	if (a->network_capacity)
		fprintf(out, " of %s available: %s",
			dsfit_format_rate(a->network_capacity, t.text[2]),
			dsfit_verdict_names[a->network]);
	fprintf(out, "\n");
}

static void put_cost(FILE *out, const struct dsfit_assessment *a)
{
	if (a->price < 0)
		return;
	fprintf(out, "Cost: $%.2f per hour", a->price);
	if (a->price_per_billion >= 0)
		fprintf(out, ", $%.2f per billion tokens", a->price_per_billion);
	fprintf(out, "\n");
}

/* "Not known: host memory per node; the user can settle it by --mem" */
static void put_not_known(FILE *out, const struct dsfit_say *say)
{
	struct dsfit_not_known unknown;

	if (dsfit_not_known(say, &unknown))
		fprintf(out, "Not known: %s; the %s can settle it by %s\n", unknown.what,
			unknown.who, unknown.how);
}

/* "Not counted: cpu_checkpointing (Hugging Face's models do not use it)", if there are any. */
static void put_uncounted(FILE *out, const struct dsfit_training *t)
{
	struct dsfit_uncounted uncounted[DSFIT_UNCOUNTED_MAX];
	size_t count = dsfit_training_uncounted(t, uncounted);

	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s (%s)", i ? ", " : "Not counted: ", uncounted[i].key,
			uncounted[i].why);
	if (count)
		fprintf(out, "\n");
}

void dsfit_put_account(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_assessment *a = dsfit_phrase_shown(say->decision);
	const struct dsfit_workload *w = say->workload;
	const struct dsfit_training *t = &w->training;
	char text[2][DSFIT_SIZE_TEXT];

	dsfit_phrase_workload(out, w, &a->account);
	fprintf(out, " on ");
	dsfit_phrase_layout(out, a);
	fprintf(out, "\n%s parameters, %s trained, model shape %s; %s, %s, checkpointing %s, %s "
		"attention\n", dsfit_format_count(w->model.parameters, text[0]),
		dsfit_format_count(a->account.trainable, text[1]),
		w->model.exact ? "exact" : "assumed", dsfit_precision_names[t->precision],
		dsfit_optimizer_names[t->optimizer], dsfit_checkpointing_names[t->checkpointing],
		dsfit_attention_names[t->attention]);
	if (a->account.nearest_family)
		fprintf(out, "Activations: dsfit uses the most similar family, because %s is not "
			"in families.conf (scripts/trace can measure it)\n",
			*w->model.family ? w->model.family : "this model's family");
	put_uncounted(out, t);
	put_estimates(out, say, a);
	put_memory(out, say, a);
	if (w->explain == DSFIT_EXPLAIN_FULL) {
		put_arithmetic(out, say, a);
		put_releases(out, t);
	}
	put_phases(out, &a->account.gpu);
	put_advice(out, say, a);
	put_scratch_and_storage(out, say, a);
	put_network(out, say, a);
	put_cost(out, a);
	put_not_known(out, say);
}

/* --- the same as a picture ----------------------------------------------------------------- */

static char *svg_title(const struct dsfit_say *say, const struct dsfit_assessment *a)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	dsfit_phrase_workload(out, say->workload, &a->account);
	fprintf(out, " on ");
	dsfit_phrase_layout(out, a);
	return dsfit_text_end(&text);
}

/* The line above a bar: "Host memory per node: 29.8 GiB (...) of 500 GiB available: fits". */
static char *svg_heading(const struct dsfit_assessment *a, const char *name,
			 const struct dsfit_bar *bar, enum dsfit_verdict verdict)
{
	struct dsfit_text text;
	FILE *out = dsfit_text_begin(&text);

	if (!out)
		return NULL;
	put_need(out, name, dsfit_bar_total(bar), bar->low, bar->high);
	put_available(out, a, bar->capacity, verdict);
	return dsfit_text_end(&text);
}

char *dsfit_say_svg(const struct dsfit_say *say)
{
	const struct dsfit_assessment *a = dsfit_phrase_shown(say->decision);
	struct dsfit_svg_bar bars[2];
	char *title = svg_title(say, a), *heading[2], *text = NULL;

	dsfit_bar_gpu(a, &bars[0].bar);
	dsfit_bar_host(a, &bars[1].bar);
	heading[0] = svg_heading(a, "Memory per GPU, peak", &bars[0].bar, a->gpu);
	heading[1] = svg_heading(a, "Host memory per node", &bars[1].bar, a->host);
	bars[0].heading = heading[0];
	bars[1].heading = heading[1];
	if (title && heading[0] && heading[1])
		text = dsfit_bars_svg(title, bars, 2);
	free(heading[1]);
	free(heading[0]);
	free(title);
	return text;
}
