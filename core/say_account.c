/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The account in words, term by term, beside the guide's and DeepSpeed's. */
#include "core/estimators.h"
#include "core/words.h"

/* A row of the three accounts side by side; UINT64_MAX for what an account has no figure for. */
#define NO_FIGURE UINT64_MAX

static void put_row(FILE *out, const char *name, uint64_t guide, uint64_t deepspeed,
		    uint64_t dsfit)
{
	const uint64_t figures[] = { guide, deepspeed, dsfit };
	struct dsfit_texts t;

	fprintf(out, "  %-20s", name);
	for (int i = 0; i < 3; i++)
		fprintf(out, " %11s", figures[i] == NO_FIGURE ? "-" :
					      dsfit_words_bytes(figures[i], &t, i));
	fprintf(out, "\n");
}

/* A term of dsfit's alone, where there is something of it. */
static void put_term(FILE *out, const char *name, uint64_t value)
{
	if (value)
		put_row(out, name, NO_FIGURE, NO_FIGURE, value);
}

/* "NAME: 33.7 GiB (28.1 GiB to 36.6 GiB) of 39.4 GiB: fits", and no newline. */
static void put_need(FILE *out, const char *name, uint64_t middle, uint64_t low, uint64_t high)
{
	struct dsfit_texts t;

	fprintf(out, "%s: %s (%s to %s)", name, dsfit_words_bytes(middle, &t, 0),
		dsfit_words_bytes(low, &t, 1), dsfit_words_bytes(high, &t, 2));
}

static void put_capacity(FILE *out, uint64_t capacity, enum dsfit_verdict verdict)
{
	struct dsfit_texts t;

	if (capacity)
		fprintf(out, " of %s: %s", dsfit_words_bytes(capacity, &t, 0),
			dsfit_verdict_names[verdict]);
	fprintf(out, "\n");
}

/*
 * The guide's rule of thumb, DeepSpeed's estimator and the account that decides, side by side.
 * The estimator knows model states as a whole and has nothing for stage 0.
 */
static void put_memory(FILE *out, const struct dsfit_say *say, const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	const struct dsfit_host_account *host = &a->account.host;
	struct dsfit_estimates e;

	dsfit_estimate(&say->workload->model, &say->workload->training, &a->layout, &e);
	fprintf(out, "%-22s %11s %11s %11s\n", "Three accounts", "the guide", "DeepSpeed",
		"dsfit");
	put_row(out, "weights", e.guide.weights, NO_FIGURE, gpu->weights);
	put_row(out, "gradients", e.guide.gradients, NO_FIGURE, gpu->gradients);
	put_row(out, "optimizer", e.guide.optimizer, NO_FIGURE, gpu->optimizer);
	put_term(out, "communication", gpu->communication);
	put_term(out, "activations", gpu->activations);
	put_term(out, "loss", gpu->loss);
	put_term(out, "framework", gpu->framework);
	put_term(out, "slack", gpu->slack);
	put_row(out, "a GPU, at its peak", e.guide.per_gpu,
		e.has_deepspeed ? e.deepspeed.gpu : NO_FIGURE, gpu->peak);
	put_row(out, "host, a node", host->guide_minimum,
		e.has_deepspeed ? e.deepspeed.cpu : NO_FIGURE, host->per_node);
	fprintf(out, "GPU memory, at its peak in %s", dsfit_phase_names[gpu->peak_phase]);
	put_need(out, "", gpu->peak, gpu->low, gpu->high);
	put_capacity(out, a->gpu_capacity, a->gpu);
	put_need(out, "Host memory a node", host->per_node, host->low, host->high);
	put_capacity(out, a->host_capacity, a->host);
}

static void put_phases(FILE *out, const struct dsfit_gpu_account *gpu)
{
	struct dsfit_texts t;

	fprintf(out, "Allocated: %s at rest, %s forward, %s backward, %s step\n",
		dsfit_words_bytes(gpu->rest, &t, 0), dsfit_words_bytes(gpu->forward, &t, 1),
		dsfit_words_bytes(gpu->backward, &t, 2), dsfit_words_bytes(gpu->step, &t, 3));
}

static void put_scratch_and_storage(FILE *out, const struct dsfit_say *say,
				    const struct dsfit_assessment *a)
{
	const struct dsfit_account *need = &a->account;
	struct dsfit_texts t;

	if (need->nvme.high) {
		put_need(out, "NVMe a node", need->nvme.per_node, need->nvme.low, need->nvme.high);
		put_capacity(out, a->nvme_capacity, a->nvme);
	}
	fprintf(out, "Storage: %s, a checkpoint %s",
		dsfit_words_bytes(need->storage.total, &t, 0),
		dsfit_words_bytes(need->storage.checkpoint, &t, 1));
	put_capacity(out, say->site->storage, a->storage);
}

static void put_network(FILE *out, const struct dsfit_assessment *a)
{
	const struct dsfit_network_account *need = &a->account.network;
	struct dsfit_texts t;

	if (a->layout.nodes < 2)
		return;
	fprintf(out, "Network: %s a GPU and step, %s a node needed",
		dsfit_words_bytes(need->bytes_per_step, &t, 0),
		dsfit_format_rate(need->required, t.text[1]));
	if (a->network_capacity)
		fprintf(out, " of %s: %s", dsfit_format_rate(a->network_capacity, t.text[2]),
			dsfit_verdict_names[a->network]);
	fprintf(out, "\n");
}

static void put_cost(FILE *out, const struct dsfit_assessment *a)
{
	if (a->price < 0)
		return;
	fprintf(out, "Cost: $%.2f an hour", a->price);
	if (a->price_per_billion >= 0)
		fprintf(out, ", $%.2f a billion tokens", a->price_per_billion);
	fprintf(out, "\n");
}

void dsfit_words_account(FILE *out, const struct dsfit_say *say)
{
	const struct dsfit_assessment *a = dsfit_words_shown(say->decision);
	const struct dsfit_workload *w = say->workload;
	const struct dsfit_training *t = &w->training;
	char text[2][DSFIT_SIZE_TEXT];

	dsfit_words_workload(out, w, &a->account);
	fprintf(out, " on ");
	dsfit_words_layout(out, a);
	fprintf(out, "\n%s parameters, %s trained, shape %s; %s, %s, checkpointing %s, %s "
		"attention\n", dsfit_format_count(w->model.parameters, text[0]),
		dsfit_format_count(a->account.trainable, text[1]),
		w->model.exact ? "exact" : "assumed", dsfit_precision_names[t->precision],
		dsfit_optimizer_names[t->optimizer], dsfit_checkpointing_names[t->checkpointing],
		dsfit_attention_names[t->attention]);
	put_memory(out, say, a);
	put_phases(out, &a->account.gpu);
	put_scratch_and_storage(out, say, a);
	put_network(out, a);
	put_cost(out, a);
}
