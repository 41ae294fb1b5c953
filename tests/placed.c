/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where dsfit places random requests of GPUs on the demo site, for a test that asks Slurm the same.
 * Arguments: dsfit.conf, the number of requests, the seed. A line for each request: what dsfit
 * says, a tab, and the options for sbatch. dsfit says "no", or for each class that can hold the
 * request "CLASS:NODES"; "mixed:NODES" if only several classes can hold it together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/request/mixture.h"
#include "core/site/load.h"
#include "plugin/request_read.h"

static uint64_t state;

static unsigned dice(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 11) % below);
}

static char values[SLURM_OPTIONS][32];
static struct dsfit_slurm_options options;

static void set(enum dsfit_slurm_option option, const char *before, unsigned value,
		const char *after)
{
	snprintf(values[option], sizeof(values[option]), "%s%u%s", before, value, after);
	options.text[option] = values[option];
}

static const char *pick_type(void)
{
	static const char *const types[] = { "", "a100:", "a100:", "a100_80g:", "h100:",
					     "rtx4090:", "h200:" };

	return types[dice(sizeof(types) / sizeof(*types))];
}

static void set_gpus(enum dsfit_slurm_option option, unsigned most)
{
	set(option, pick_type(), 1 + dice(most), "");
}

/* Tasks without a number of nodes are as many as Slurm makes of them: those are typed. */
static void make_request(void)
{
	unsigned kind = dice(8);

	options = (struct dsfit_slurm_options){ { NULL } };
	if (kind < 4) {
		set_gpus(SLURM_GPUS, 20);
	} else if (kind < 6) {
		set_gpus(SLURM_GPUS_PER_NODE, 9);
	} else {
		set_gpus(SLURM_GPUS_PER_TASK, 4);
		set(SLURM_NTASKS, "", 1 + dice(10), "");
	}
	switch (dice(4)) {
	case 0:
		set(SLURM_NODES, "", 1 + dice(5), "");
		break;
	case 1:
		set(SLURM_NODES, "1-", 1 + dice(3), "");
		break;
	default:
		break;
	}
	if (!dice(3))
		set(SLURM_CPUS_PER_GPU, "", 1 + dice(70), "");
	else if (!dice(3) && options.text[SLURM_NTASKS])
		set(SLURM_CPUS_PER_TASK, "", 1 + dice(70), "");
	if (!dice(3))
		set(SLURM_MEM_PER_GPU, "", 1 + dice(600), "G");
	else if (!dice(3))
		set(SLURM_MEM, "", 1 + dice(600), "G");
	if (!dice(6))
		set(SLURM_TMP, "", 500 + dice(6000), "G");
	if (!dice(8)) {
		options.text[SLURM_EXCLUSIVE] = "exclusive";
		if (!options.text[SLURM_MEM] && !options.text[SLURM_MEM_PER_GPU] && !dice(3))
			set(SLURM_MEM_PER_CPU, "", 1 + dice(20), "G");
	}
}

static void print_places(const struct dsfit_site *site, const struct dsfit_request *r)
{
	struct dsfit_layout layout;
	bool placed = false;

	for (size_t i = 0; i < site->class_count; i++) {
		if (!dsfit_place(site, r, &site->classes[i], &layout))
			continue;
		printf("%s%s:%llu", placed ? " " : "", site->classes[i].name,
		       (unsigned long long)layout.nodes);
		placed = true;
	}
	if (!placed && dsfit_lay_out_mixed(site, r, NULL, 0, &layout))
		printf("mixed:%llu", (unsigned long long)layout.nodes);
	else if (!placed)
		printf("no");
}

int main(int argc, char **argv)
{
	const struct dsfit_slurm slurm = { DSFIT_SBATCH, 2411, false };
	struct dsfit_error err;
	struct dsfit_site *site = argc == 4 ? dsfit_site_load(argv[1], &err) : NULL;
	struct dsfit_request request;

	if (!site)
		return 1;
	state = strtoull(argv[3], NULL, 10) * 2654435761u + 88172645463325252u;
	for (unsigned n = (unsigned)atoi(argv[2]); n; n--) {
		make_request();
		if (dsfit_request_parse(&options, &slurm, &request, &err)) {
			printf("error: %s\n", err.text);
			continue;
		}
		print_places(site, &request);
		printf("\t");
		for (int i = 0; i < SLURM_OPTIONS; i++)
			if (options.text[i])
				printf(" --%s=%s", dsfit_slurm_option_names[i], options.text[i]);
		printf("\n");
	}
	dsfit_site_free(site);
	return 0;
}
