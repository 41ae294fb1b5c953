/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slurm's options, one a line, in the order of enum dsfit_slurm_option, for libFuzzer: see
 * scripts/fuzz. The first byte says by which command and which release.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/request_read.h"
#include "plugin/request_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	free(text);
	return 0;
}
