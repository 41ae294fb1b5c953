/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slurm's options, one a line, in the order of enum dsfit_slurm_option, for libFuzzer: see
 * scripts/fuzz. The first byte says by which command and which release.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hosts.h"
#include "plugin/request_read.h"
#include "plugin/request_write.h"
#include "tests/fuzz/fuzz.h"

/* A list of nodes has as many names as it says, and each of them. */
static void check_hosts(const char *list)
{
	char name[DSFIT_NAME_MAX];
	uint64_t count;

	if (!list || !dsfit_hosts_count(list, &count) || count == UINT64_MAX)
		return;
	for (uint64_t i = 0; i < count && i < 20; i++) {
		uint64_t work = 100000;

		if (dsfit_hosts_name(list, i, name))
			fuzz_assert(dsfit_hosts_have(list, name, &work) || !work);
	}
	fuzz_assert(!dsfit_hosts_name(list, count, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dsfit_slurm_options options = { { NULL } };
	char *text = malloc(size + 1), *rest = text, said[512];
	struct dsfit_slurm slurm = { DSFIT_SBATCH, 2411, false };
	struct dsfit_request request;
	struct dsfit_error err;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (size) {
		slurm.command = data[0] & 1 ? DSFIT_SRUN : DSFIT_SBATCH;
		slurm.release = data[0] & 2 ? 2205 : 2411;
		rest++;
	}
	for (int i = 0; i < SLURM_OPTIONS && rest; i++) {
		char *line = strsep(&rest, "\n");

		options.text[i] = *line ? line : NULL;
	}
	if (!dsfit_request_parse(&options, &slurm, &request, &err))
		dsfit_request_text(&request, said, sizeof(said));
	check_hosts(options.text[SLURM_NODELIST]);
	check_hosts(options.text[SLURM_EXCLUDE]);
	free(text);
	return 0;
}
