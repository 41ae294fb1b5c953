/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one decision costs: one that fits, one that is corrected, and one for which nothing fits, at
 * the demo site and at sites of up to a thousand node classes. Prints rows of a table: the median
 * and the quartiles of processor time, and how many classes were assessed.
 *
 * "bench_cost SITE JOB" makes one decision alone, for callgrind to count bench_cost_once().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/array.h"
#include "core/decide/decide.h"
#include "core/declare/declaration.h"
#include "core/site/load.h"
#include "plugin/request_read.h"

#define ROUNDS 101
/* Decisions in a round: to ask the kernel for the time takes half a microsecond. */
#define AT_ONCE 16

static const char *const cards[] = {
	"rtx3060", "rtx3070", "rtx3080", "rtx3090", "rtx4070", "rtx4080", "rtx4090", "a40", "a100",
	"a100_80g", "h100", "h200",
};

/* The demo site, and sites with so many classes of all cards. */
static const unsigned sites[] = { 0, 250, 500, 1000 };

static const struct {
	const char *what, *model, *gpus;
} jobs[] = {
	{ "fits", "7B", "h100:4" },
	{ "is corrected", "13B", "a100:1" },
	{ "nothing fits", "1000T", "a100:1" },
};

static void write_site(FILE *out, unsigned classes)
{
	fprintf(out, "include(\"" TEST_CONF "/gpus.conf\")\ninclude(\"" TEST_CONF
		"/models.conf\")\nmode = correct\npartition \"gpu\" { default = true }\n");
	for (unsigned i = 0; i < classes; i++)
		fprintf(out, "nodes \"n%u\" { gpu = %s gpus = %u count = %u memory = %uGiB "
			"scratch = %uGiB network = %uGbps price = %u cpus = 64 "
			"features = {rack%u} }\n",
			i, cards[i % DSFIT_ARRAY_SIZE(cards)], 1u << i % 4, 1 + i % 97, 64 + i,
			500 + i * 7 % 5000, 25 + i * 13 % 400, 1 + i % 40, i % 50);
}

static struct dsfit_site *load(unsigned classes)
{
	char path[] = "/tmp/dsfit-bench-XXXXXX";
	struct dsfit_site *site;
	struct dsfit_error err;
	FILE *out;
	int fd;

	if (!classes) {
		site = dsfit_site_load(TEST_CONF "/dsfit.conf", &err);
	} else {
		fd = mkstemp(path);
		out = fd < 0 ? NULL : fdopen(fd, "w");
		if (!out) {
			perror(path);
			exit(2);
		}
		write_site(out, classes);
		fclose(out);
		site = dsfit_site_load(path, &err);
		unlink(path);
	}
	if (!site) {
		fprintf(stderr, "%s\n", err.text);
		exit(2);
	}
	return site;
}

static double microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

__attribute__((noinline)) static void bench_cost_once(const struct dsfit_site *site,
						      const struct dsfit_workload *workload,
						      const struct dsfit_request *request,
						      struct dsfit_decision *out)
{
	const struct dsfit_gate gate = { .can_read = true, .can_rewrite = true,
					 .own_form = DSFIT_FORM_NONE };

	dsfit_decide(site, workload, request, &gate, out);
}

static void measure(const struct dsfit_site *site, size_t job, int rounds)
{
	const struct dsfit_slurm sbatch = { DSFIT_SBATCH, 2411, false };
	struct dsfit_declaration declaration = { .prefix = "--" };
	struct dsfit_slurm_options options = { { NULL } };
	static struct dsfit_workload workload;
	static struct dsfit_decision decision;
	struct dsfit_request request;
	struct dsfit_error err;
	double took[ROUNDS];
	int at_once = rounds > 1 ? AT_ONCE : 1;

	declaration.value[DSFIT_OPTION_MODEL] = jobs[job].model;
	declaration.value[DSFIT_OPTION_ZERO] = "3";
	options.text[SLURM_GPUS_PER_NODE] = jobs[job].gpus;
	options.text[SLURM_NODES] = "1";
	if (dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, &workload,
				      &err) ||
	    dsfit_request_parse(&options, &sbatch, &request, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(2);
	}
	for (int i = 0; i < rounds; i++) {
		took[i] = microseconds();
		for (int j = 0; j < at_once; j++)
			bench_cost_once(site, &workload, &request, &decision);
		took[i] = (microseconds() - took[i]) / at_once;
	}
	qsort(took, (size_t)rounds, sizeof(*took), compare);
	printf("| %s | %zu | %.1f | %.1f to %.1f | %llu |\n", jobs[job].what, site->class_count,
	       took[rounds / 2], took[rounds / 4], took[3 * rounds / 4],
	       (unsigned long long)(site->controller_budget - decision.budget.classes));
}

int main(int argc, char **argv)
{
	struct dsfit_site *site;

	if (argc == 3) {
		site = load(sites[(size_t)atoi(argv[1]) % DSFIT_ARRAY_SIZE(sites)]);
		measure(site, (size_t)atoi(argv[2]) % DSFIT_ARRAY_SIZE(jobs), 1);
		dsfit_site_free(site);
		return 0;
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sites); i++) {
		site = load(sites[i]);
		for (size_t j = 0; j < DSFIT_ARRAY_SIZE(jobs); j++)
			measure(site, j, ROUNDS);
		dsfit_site_free(site);
	}
	return 0;
}
