/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder with a model of Hugging Face's: its config.json and, after a byte of 0, the index of its
 * weights. For libFuzzer: see scripts/fuzz. A model that is read can be passed on.
 */
#include "tests/fuzz/fuzz.h"

#include "core/declare/passed_on.h"
#include "core/model/hf_config.h"

#define INDEX "model.safetensors.index.json"

static struct dsfit_site *site;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	site = fuzz_site("");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	struct dsfit_workload workload = { .fit_given = false }, again;
	size_t length = end ? (size_t)(end - data) : size;
	char line[DSFIT_PASSED_ON_MAX];
	struct dsfit_error err;

	fuzz_write("config.json", data, length);
	if (end)
		fuzz_write(INDEX, end + 1, size - length - 1);
	else
		unlink(INDEX);
	dsfit_training_defaults(&workload.training);
	if (dsfit_model_read(&site->models, ".", &workload.model, &err) ||
	    dsfit_training_settle(&workload.training, workload.model.parameters, &err))
		return 0;
	fuzz_assert(!dsfit_passed_on_write(&workload, line, sizeof(line)));
	if (dsfit_passed_on_read(line, &again, &err))
		fprintf(stderr, "%s: %s\n", line, err.text), abort();
	return 0;
}
