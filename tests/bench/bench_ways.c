/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dead ends. Jobs of a grid (models, methods, stages, offload, batch, tokens, GPUs) are decided at
 * the demo site in a partition that refuses what does not fit. Each misfit must have an
 * alternative, or say what the site lacks; and each alternative, submitted as it is printed, must
 * pass. Prints the counts. The exit status is 1 if a misfit is a dead end or an alternative does
 * not pass; these are printed, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/array.h"
#include "core/decide/decide.h"
#include "core/declare/declaration.h"
#include "core/site/load.h"
#include "plugin/request_read.h"
#include "plugin/request_write.h"

static const char *const models[] = {
	"1.3B", "7B", "llama-3-8b", "13B", "30B", "70B", "mixtral-8x7b", "180B", "560B", "100T",
};
static const char *const methods[] = { "full", "lora", "qlora" };
static const char *const stages[] = { NULL, "0", "2", "3" };
static const char *const offloads[] = { NULL, "cpu" };
static const char *const batches[] = { "1", "4", "16" };
static const char *const sequences[] = { "2048", "16384" };
static const char *const requests[] = {
	"", "rtx4090:1", "rtx4090:2", "a100:1", "a100:4", "a100_80g:2", "h100:1", "h200:8", "4",
};

struct counts {
	size_t jobs, misfits, same, ways, fused, lacking, dead, broken;
};

struct row {
	const char *value[DSFIT_OPTION_END], *gpus;
};

static const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
					.own_form = DSFIT_FORM_NONE };

/* The workload of a row, with the options of a way. Returns 0, or -1 if it cannot be. */
static int declare(const struct dsfit_site *site, const struct row *row,
		   const struct dsfit_way *way, struct dsfit_workload *out)
{
	struct dsfit_declaration declaration = { .prefix = "--ds-" };
	char options[DSFIT_TRAINING_OPTIONS_MAX], *rest = options, *word;
	struct dsfit_error err;

	memcpy(declaration.value, row->value, sizeof(row->value));
	strcpy(options, way ? way->options : "");
	while ((word = strsep(&rest, " "))) {
		for (int i = 0; i < DSFIT_OPTION_END; i++) {
			size_t length = strlen(dsfit_options[i].name);

			if (!strncmp(word, dsfit_options[i].name, length) && word[length] == '=')
				declaration.value[i] = word + length + 1;
		}
	}
	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, out, &err);
}

static void print(const struct row *row, const char *what, const struct dsfit_alternative *one)
{
	char request[512];

	printf("%s:", what);
	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (row->value[i])
			printf(" --%s=%s", dsfit_options[i].name, row->value[i]);
	printf(" %s", row->gpus);
	if (one)
		printf(" -> %s %s", dsfit_request_text(&one->request, request, sizeof(request)),
		       one->way.options);
	printf("\n");
}

/* Decide again about what an alternative says to type. */
static void check(const struct dsfit_site *site, const struct row *row,
		  const struct dsfit_alternative *one, struct counts *counts)
{
	struct dsfit_workload workload;
	struct dsfit_decision again;

	if (!declare(site, row, one->retrained ? &one->way : NULL, &workload)) {
		dsfit_decide(site, &workload, &one->request, &gate, &again);
		if (again.action == DSFIT_PASS && again.assessment.placed &&
		    again.assessment.overall != DSFIT_EXCEEDS)
			return;
	}
	counts->broken++;
	print(row, "does not pass", one);
}

static void try_row(const struct dsfit_site *site, const struct row *row, struct counts *counts)
{
	const struct dsfit_slurm sbatch = { DSFIT_SBATCH, 2411, false };
	struct dsfit_slurm_options options = { { NULL } };
	struct dsfit_workload workload;
	struct dsfit_request request;
	struct dsfit_decision d;
	struct dsfit_error err;
	bool fused = false;

	options.text[SLURM_PARTITION] = "strict";
	if (*row->gpus) {
		options.text[SLURM_GPUS_PER_NODE] = row->gpus;
		options.text[SLURM_NODES] = "1";
	}
	if (declare(site, row, NULL, &workload) ||
	    dsfit_request_parse(&options, &sbatch, &request, &err))
		return;
	counts->jobs++;
	dsfit_decide(site, &workload, &request, &gate, &d);
	if (d.action == DSFIT_PASS)
		return;
	counts->misfits++;
	for (size_t i = 0; i < d.alternative_count; i++) {
		fused |= d.alternatives[i].way.fused_loss;
		check(site, row, &d.alternatives[i], counts);
	}
	counts->same += dsfit_something_fits(&d);
	counts->ways += d.alternative_count && !dsfit_something_fits(&d);
	counts->fused += fused;
	counts->lacking += !d.alternative_count && d.closest.placed;
	counts->dead += !d.alternative_count && !d.closest.placed;
	if (!d.alternative_count)
		print(row, d.closest.placed ? "says what is missing" : "dead end", NULL);
}

#define EACH(i, list) (size_t i = 0; i < DSFIT_ARRAY_SIZE(list); i++)

int main(void)
{
	struct counts counts = { 0 };
	struct dsfit_error err;
	struct dsfit_site *site = dsfit_site_load(TEST_CONF "/dsfit.conf", &err);

	if (!site) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	for EACH(a, models) for EACH(b, methods) for EACH(c, stages) for EACH(d, offloads)
	for EACH(e, batches) for EACH(f, sequences) for EACH(g, requests) {
		struct row row = { .gpus = requests[g] };

		row.value[DSFIT_OPTION_MODEL] = models[a];
		row.value[DSFIT_OPTION_METHOD] = methods[b];
		row.value[DSFIT_OPTION_ZERO] = stages[c];
		row.value[DSFIT_OPTION_OFFLOAD] = offloads[d];
		row.value[DSFIT_OPTION_BATCH] = batches[e];
		row.value[DSFIT_OPTION_SEQ] = sequences[f];
		try_row(site, &row, &counts);
	}
	dsfit_site_free(site);
	printf("%zu jobs, %zu misfits: %zu with a request for the same training, %zu with another "
	       "way to train, %zu of all with a fused loss; %zu say what the site lacks, %zu dead "
	       "ends; %zu alternatives that do not pass\n", counts.jobs, counts.misfits,
	       counts.same, counts.ways, counts.fused, counts.lacking, counts.dead,
	       counts.broken);
	return counts.dead || counts.broken;
}
