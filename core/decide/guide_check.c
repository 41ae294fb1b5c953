/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hardware guide states rules of thumb: a table's row says that some model needs some card,
 * memory or network. To see whether dsfit agrees, each row carries checks, jobs that it is about.
 * A check becomes what every other job is, a declaration and a request, on a site whose nodes are
 * made up from the row:
 *
 *     row     "13B, ZeRO-3: 4x A100"     figure: RAM, network, storage or price
 *       |                                   |
 *     declaration --> workload            one class of nodes, with the cards
 *                          \               /
 *                          dsfit_assess_on()
 *
 * From there the account and the verdicts are the ones that decide about users' jobs.
 */
#include "core/decide/guide_check.h"

#include <stdio.h>
#include <string.h>

#include "core/account/estimators.h"
#include "core/base/size.h"
#include "core/declare/declaration.h"
#include "core/model/sized_model.h"
#include "core/site/card_name.h"

/* Write what a column of the guide says of a card. Returns false if gpus.conf does not say it. */
static bool card_cell(const struct dsfit_gpu *gpu, size_t column, char *text, size_t size)
{
	switch (column) {
	case 1:
		snprintf(text, size, "%.0f", (double)gpu->label_memory / 1e9);
		return gpu->label_memory;
	case 2:
		snprintf(text, size, "%.1f", gpu->guide_tflops);
		return gpu->guide_tflops > 0;
	case 3:
		snprintf(text, size, "%s", gpu->best_for);
		return *gpu->best_for;
	default:
		return false;
	}
}

const char *dsfit_compare_cell(const struct dsfit_site *site, const struct dsfit_guide_row *row,
			       size_t column, char text[DSFIT_CELL_MAX])
{
	const struct dsfit_gpu *seen = NULL;
	size_t length = 0;

	if (row->cell[column])
		return row->cell[column];
	*text = '\0';
	for (int i = 0; i < DSFIT_GUIDE_CHECKS && row->check[i].model; i++) {
		const struct dsfit_gpu *gpu = row->check[i].gpu ?
					      dsfit_site_gpu(site, row->check[i].gpu) : NULL;
		char one[DSFIT_CELL_MAX];

		/* A row with two cards is one card in two memory sizes. */
		if (!gpu || gpu == seen || (seen && column != 1) ||
		    !card_cell(gpu, column, one, sizeof(one)))
			continue;
		snprintf(text + length, DSFIT_CELL_MAX - length, "%s%s", seen ? "/" : "", one);
		length = strlen(text);
		seen = gpu;
	}
	if (seen && column == 1)
		snprintf(text + length, DSFIT_CELL_MAX - length, " GB");
	return text;
}

#define NO_EVALUATION "eval-batch:0"

/* Read the row's training. The site's defaults apply only to what the guide never mentions, such as
 * batch and sequence: a default for the stage would change what the row is about. */
static int resolve(const struct dsfit_site *site, const struct dsfit_guide_check *check,
		   struct dsfit_workload *out, struct dsfit_error *err)
{
	const struct dsfit_declaration declaration = {
		.prefix = "--",
		.value = {
			[DSFIT_OPTION_MODEL] = check->model,
			[DSFIT_OPTION_ZERO] = check->zero,
			[DSFIT_OPTION_OFFLOAD] = check->offload ? check->offload : "none",
			[DSFIT_OPTION_METHOD] = check->method ? check->method : "full",
			/* The guide is about training. */
			[DSFIT_OPTION_SET] = NO_EVALUATION,
		},
	};
	struct dsfit_training defaults = site->defaults;

	defaults.zero_given = false;
	return dsfit_declaration_resolve(&declaration, &site->models, &defaults, out, err);
}

/* Assess on the check's nodes of a card, with the memory, storage or network of the row. */
static void assess(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		   const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		   const struct dsfit_gpu *gpu, struct dsfit_comparison *c)
{
	const struct dsfit_model *model = &c->workload.model;
	const struct dsfit_training *training = &c->workload.training;
	const struct dsfit_guide_row *ram = dsfit_guide_ram(
		model->parameters, training->zero,
		training->offload_optimizer != DSFIT_OFFLOAD_NONE);
	const uint64_t nodes = check->nodes ? check->nodes : 1;
	const struct dsfit_request request = {
		.scope = DSFIT_GPUS_PER_NODE,
		.gpus = check->gpus,
		.nodes_min = nodes,
		.memory_scope = DSFIT_MEMORY_WHOLE_NODE,
	};
	const struct dsfit_layout layout = {
		.nodes = nodes,
		.gpus_per_node = check->gpus,
		.gpus = nodes * check->gpus,
		.tflops = gpu->tflops,
		.context = gpu->context,
	};
	struct dsfit_node_class class = {
		.name = "guide",
		.count = nodes,
		.gpu = gpu,
		.gpus = check->gpus,
		.memory = table->subject == DSFIT_GUIDE_RAM ? row->figure : ram->figure,
		.price = gpu->price < 0 ? -1 : gpu->price * (double)check->gpus,
	};
	struct dsfit_site made_up = *site;
	struct dsfit_accounts accounts;

	if (table->subject == DSFIT_GUIDE_NETWORK)
		class.network = row->figure;
	if (table->subject == DSFIT_GUIDE_PRICE)
		class.price = row->price;
	if (table->subject == DSFIT_GUIDE_STORAGE)
		made_up.storage = row->figure;
	dsfit_accounts_begin(&accounts, &made_up, &c->workload);
	dsfit_assess_on(&accounts, &request, &class, &layout, &c->assessment);
	dsfit_accounts_end(&accounts);
	c->assessment.class = NULL;
}

/* Bytes of what a stage divides among GPUs: stage 1 optimizer states, 2 gradients too, 3 weights
 * too. */
static uint64_t divided(const struct dsfit_gpu_account *gpu, unsigned zero)
{
	return dsfit_add(gpu->optimizer, dsfit_add(zero > 1 ? gpu->gradients : 0,
						   zero > 2 ? gpu->weights : 0));
}

/* A GPU's peak without ZeRO, divided by its peak with it. */
static double times_less(const struct dsfit_site *site, const struct dsfit_comparison *c)
{
	struct dsfit_training without = c->workload.training;
	struct dsfit_account whole;

	without.zero = 0;
	dsfit_account(&c->workload.model, &site->families, &without, &c->assessment.layout,
		      &site->estimate, &whole);
	return (double)whole.gpu.peak / (double)c->assessment.account.gpu.peak;
}

/* Compare the term that the row is about: weights, gradients or optimizer states. */
static void compare_term(const struct dsfit_gpu_account *need, const struct dsfit_guide_row *row,
			 struct dsfit_comparison *c)
{
	switch (row->term) {
	case DSFIT_GUIDE_TERM_WEIGHTS:
		c->need = need->weights;
		break;
	case DSFIT_GUIDE_TERM_GRADIENTS:
		c->need = need->gradients;
		break;
	case DSFIT_GUIDE_TERM_OPTIMIZER:
		c->need = need->optimizer;
		break;
	default:
		return;
	}
	c->guide = dsfit_mul(c->workload.model.parameters, row->figure);
	c->verdict = dsfit_judge(c->need, c->need, c->guide);
}

/* The guide estimates memory per GPU. Compare it by assessing the job on a card with just so
 * much. */
static void compare_estimate(const struct dsfit_site *site, const struct dsfit_guide_table *table,
			     const struct dsfit_guide_row *row,
			     const struct dsfit_guide_check *check, struct dsfit_comparison *c)
{
	struct dsfit_gpu card = { .name = "gpu", .label = "GPU", .price = -1 };
	const struct dsfit_gpu_account *need = &c->assessment.account.gpu;
	const uint64_t parameters = c->workload.model.parameters;
	struct dsfit_guide_estimate guide;

	dsfit_guide_memory(parameters, c->workload.training.zero,
			   check->gpus * (check->nodes ? check->nodes : 1), &guide);
	card.memory = guide.per_gpu;
	assess(site, table, row, check, &card, c);
	c->need = need->peak;
	c->guide = guide.per_gpu;
	c->verdict = c->assessment.gpu;
	if (table->subject != DSFIT_GUIDE_REDUCTION) {
		compare_term(need, row, c);
		return;
	}
	c->divided = divided(need, c->workload.training.zero);
	c->less = times_less(site, c);
}

static enum dsfit_verdict verdict_of(const struct dsfit_guide_table *table,
				     const struct dsfit_assessment *a)
{
	switch (table->subject) {
	case DSFIT_GUIDE_RAM:
		return a->host;
	case DSFIT_GUIDE_STORAGE:
		return a->storage;
	case DSFIT_GUIDE_NETWORK:
		return a->network;
	case DSFIT_GUIDE_SETUP:
		return a->overall;
	default:
		return a->gpu;
	}
}

int dsfit_compare(const struct dsfit_site *site, const struct dsfit_guide_table *table,
		  const struct dsfit_guide_row *row, const struct dsfit_guide_check *check,
		  struct dsfit_comparison *out, struct dsfit_error *err)
{
	const struct dsfit_gpu *gpu;

	memset(out, 0, sizeof(*out));
	if (resolve(site, check, &out->workload, err))
		return -1;
	if (!check->gpu) {
		compare_estimate(site, table, row, check, out);
		return 0;
	}
	gpu = dsfit_site_gpu(site, check->gpu);
	if (!gpu)
		return dsfit_fail(err, "%s: not in this site's gpus.conf", check->gpu);
	assess(site, table, row, check, gpu, out);
	out->need = out->assessment.account.gpu.peak;
	out->guide = gpu->memory;
	out->verdict = verdict_of(table, &out->assessment);
	return 0;
}

const char *dsfit_compare_options(const struct dsfit_guide_check *check,
				  const struct dsfit_comparison *comparison, char *text,
				  size_t size)
{
	const struct dsfit_assessment *a = &comparison->assessment;
	char card[DSFIT_NAME_MAX + 16];

	if (check->gpu)
		snprintf(card, sizeof(card), "--gpu=%s", check->gpu);
	else
		snprintf(card, sizeof(card), "--gpu-memory=%lluB",
			 (unsigned long long)a->gpu_capacity);
	snprintf(text, size, "--model=%s --zero=%u --offload=%s --method=%s --set=" NO_EVALUATION
		 " %s --nodes=%llu --gpus-per-node=%llu --mem=%lluB", check->model,
		 comparison->workload.training.zero, check->offload ? check->offload : "none",
		 check->method ? check->method : "full", card,
		 (unsigned long long)a->layout.nodes, (unsigned long long)a->layout.gpus_per_node,
		 (unsigned long long)a->host_capacity);
	return text;
}

/* Whether training a model of so many parameters surely fits on one such card. */
static bool trains(const struct dsfit_site *site, const struct dsfit_gpu *gpu,
		   enum dsfit_method method, uint64_t parameters)
{
	const struct dsfit_layout one = { .nodes = 1, .gpus_per_node = 1, .gpus = 1,
					  .context = gpu->context };
	struct dsfit_training training = site->defaults;
	struct dsfit_account account;
	struct dsfit_model model;

	training.zero_given = false;
	training.offload_all = DSFIT_OFFLOAD_NONE;
	training.offload_optimizer = training.offload_param = DSFIT_OFFLOAD_NONE;
	training.method = method;
	training.base_weights_given = false;
	if (dsfit_model_from_size(&site->models, parameters, &model, NULL) ||
	    dsfit_training_settle(&training, parameters, NULL))
		return false;
	dsfit_account(&model, &site->families, &training, &one, &site->estimate, &account);
	return dsfit_judge(account.gpu.low, account.gpu.high_declared, gpu->memory) == DSFIT_FITS;
}

/* From the largest down: the stage depends on the size, so a larger model may need less. */
uint64_t dsfit_compare_largest(const struct dsfit_site *site, const struct dsfit_gpu *gpu,
			       enum dsfit_method method)
{
	for (uint64_t ten = UINT64_C(10000000000); ten >= 1000000; ten /= 10)
		for (uint64_t n = 99; n >= 10; n--)
			if (trains(site, gpu, method, n * ten))
				return n * ten;
	return 0;
}
