/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a plan and a decision take on sites of 24, 100 and 1000 node classes. A row is a site, a
 * declaration and a request, with the median and the longest time of its rounds, and for a decision
 * how much of the default controller-budget it spent. The exit status is 1 if, on a site of at most
 * 100 classes, the median of a plan is above PLAN_MAY_TAKE or a decision met the budget, or if the
 * median of a decision is above DECISION_MAY_TAKE: that is made under slurmctld's locks.
 *
 * "bench_plan 1" does one round of each. tests/bench/instructions runs that under callgrind, which
 * counts the instructions inside bench_plan_once(): the same number at every run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/decide/decide.h"
#include "core/decide/plan.h"
#include "core/declare/declaration.h"
#include "core/site/load.h"
#include "plugin/request_read.h"

#define ROUNDS_MAX 21
#define FEW_CLASSES 100
/* Milliseconds. */
#define PLAN_MAY_TAKE 5.0
#define DECISION_MAY_TAKE 10.0

static const char *const cards[] = {
	"rtx3060", "rtx3070", "rtx3080", "rtx3090", "rtx4070", "rtx4080", "rtx4090", "a40", "a100",
	"a100_80g", "h100", "h200",
};

/* Every class of its own kind in memory, scratch, network and count; of each card, or of one. */
static void write_classes(FILE *out, const char *card, unsigned classes)
{
	for (unsigned i = 0; i < classes; i++) {
		const char *gpu = card ? card : cards[i % DSFIT_ARRAY_SIZE(cards)];

		fprintf(out, "nodes \"n%u\" { gpu = %s gpus = %u count = %u memory = %uGiB "
			"scratch = %uGiB network = %uGbps price = %u cpus = 64 "
			"features = {rack%u, net%u} partitions = {%s} }\n",
			i, gpu, 1u << i % 4, 1 + i % 97, 64 + i, 500 + i * 7 % 5000, 25 + i * 13 % 400,
			1 + i % 40, i % 50, 25 + i * 13 % 400,
			i % 3 ? "gpu, preempt" : "gpu, preempt, long");
	}
}

static struct dsfit_site *make_site(const char *card, unsigned classes)
{
	char path[] = "/tmp/dsfit-bench-XXXXXX";
	int fd = mkstemp(path);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	struct dsfit_site *site;
	struct dsfit_error err;

	if (!out) {
		perror(path);
		exit(2);
	}
	fprintf(out, "include(\"" TEST_CONF "/gpus.conf\")\ninclude(\"" TEST_CONF
		"/models.conf\")\nmode = correct\n");
	write_classes(out, card, classes);
	fprintf(out, "partition \"gpu\" { default = true }\npartition \"preempt\" { preemptible = "
		"true }\npartition \"long\" { }\n");
	fclose(out);
	site = dsfit_site_load(path, &err);
	unlink(path);
	if (!site) {
		fprintf(stderr, "%s\n", err.text);
		exit(2);
	}
	return site;
}

struct job {
	const char *model, *zero, *offload, *goal;
	const char *gpus_per_node;	/* of a decision, "" for none; NULL: a plan */
};

static const struct job jobs[] = {
	{ "350M", NULL, NULL, "development", NULL },
	{ "13B", NULL, NULL, "development", NULL },
	{ "13B", NULL, NULL, "experiment", NULL },
	{ "13B", "3", "cpu", "production", NULL },
	{ "70B", "3", NULL, "production", NULL },
	{ "70B", "3", "nvme", "experiment", NULL },
	{ "1000T", NULL, NULL, "experiment", NULL },
	{ "13B", "3", NULL, NULL, "" },
	{ "13B", "3", NULL, NULL, "1" },
	{ "70B", "3", NULL, NULL, "a100:1" },
	{ "70B", "3", "cpu", NULL, "8" },
	{ "1000T", NULL, NULL, NULL, "4" },
	{ "7B", "3", NULL, NULL, "2" },
	{ "7B", "3", NULL, NULL, "rtx4090:2" },
	{ "70B", "3", NULL, NULL, "8" },
	{ "70B", "3", NULL, NULL, "h100:4" },
	{ "30B", "3", "nvme", NULL, "4" },
};

static void read_job(const struct dsfit_site *site, const struct job *job,
		     struct dsfit_workload *workload, struct dsfit_request *request)
{
	const struct dsfit_slurm sbatch = { DSFIT_SBATCH, 2411, false };
	struct dsfit_declaration declaration = { .prefix = "--" };
	struct dsfit_slurm_options options = { { NULL } };
	struct dsfit_error err;

	declaration.value[DSFIT_OPTION_MODEL] = job->model;
	declaration.value[DSFIT_OPTION_ZERO] = job->zero;
	declaration.value[DSFIT_OPTION_OFFLOAD] = job->offload;
	declaration.value[DSFIT_OPTION_GOAL] = job->goal;
	if (job->gpus_per_node && *job->gpus_per_node)
		options.text[SLURM_GPUS_PER_NODE] = job->gpus_per_node;
	if (dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, workload,
				      &err) ||
	    dsfit_request_parse(&options, &sbatch, request, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(2);
	}
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Plan a job that asks for nothing, decide on one that asks. Returns the number of rows found, and
 * in *left what a decision left of its budget. */
__attribute__((noinline)) static size_t bench_plan_once(const struct dsfit_site *site,
							const struct dsfit_workload *workload,
							const struct dsfit_request *request,
							bool decides, uint64_t *left)
{
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
					 .budget = site->controller_budget,
					 .own_form = DSFIT_FORM_NONE };
	static struct dsfit_alternative rows[20];
	struct dsfit_decision decision;
	struct dsfit_assessment closest;
	struct dsfit_plan plan;

	if (decides) {
		dsfit_decide(site, workload, request, &gate, &decision);
		*left = decision.budget.classes;
		return decision.action == DSFIT_CORRECT ? 1 : decision.alternative_count;
	}
	memset(&closest, 0, sizeof(closest));
	plan = dsfit_plan_begin(site, workload, request);
	plan.closest = &closest;
	*left = DSFIT_PLAN_BUDGET;
	plan.budget = left;
	return dsfit_plan(&plan, rows, 20);
}

/* Measure one job. Returns whether it was in time and within the budget. */
static int measure(const struct dsfit_site *site, const char *name, const struct job *job,
		   int rounds)
{
	const uint64_t budget = job->gpus_per_node ? site->controller_budget : DSFIT_PLAN_BUDGET;
	uint64_t left = budget;
	struct dsfit_workload workload;
	struct dsfit_request request;
	double took[ROUNDS_MAX];
	size_t count = 0;

	read_job(site, job, &workload, &request);
	for (int i = 0; i < rounds; i++) {
		took[i] = milliseconds();
		count = bench_plan_once(site, &workload, &request, job->gpus_per_node, &left);
		took[i] = milliseconds() - took[i];
	}
	qsort(took, (size_t)rounds, sizeof(took[0]), compare);
	printf("%4zu %-9s %-6s zero=%-1s offload=%-4s %-11s %-9s %2zu rows  median %7.2f ms  "
	       "max %7.2f ms", site->class_count, name, job->model, job->zero ? job->zero : "-",
	       job->offload ? job->offload : "-", job->gpus_per_node ? "decide" : job->goal,
	       !job->gpus_per_node ? "plan" : *job->gpus_per_node ? job->gpus_per_node : "none", count, took[rounds / 2],
	       took[rounds - 1]);
	printf("  spent %6llu of %llu\n", (unsigned long long)(budget - left),
	       (unsigned long long)budget);
	if (job->gpus_per_node)
		return took[rounds / 2] <= DECISION_MAY_TAKE &&
		       (left || site->class_count > FEW_CLASSES);
	return took[rounds / 2] <= PLAN_MAY_TAKE || site->class_count > FEW_CLASSES;
}

int main(int argc, char **argv)
{
	const int rounds = argc > 1 && !strcmp(argv[1], "1") ? 1 : ROUNDS_MAX;
	static const struct {
		const char *name, *card;
		unsigned classes;
	} sites[] = {
		{ "all cards", NULL, 24 }, { "all cards", NULL, 100 },
		{ "all cards", NULL, 1000 }, { "one card", "a100_80g", 1000 },
	};
	int in_time = 1;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sites); i++) {
		struct dsfit_site *site = make_site(sites[i].card, sites[i].classes);

		for (size_t j = 0; j < DSFIT_ARRAY_SIZE(jobs); j++)
			in_time &= measure(site, sites[i].name, &jobs[j], rounds);
		dsfit_site_free(site);
	}
	return !in_time;
}
