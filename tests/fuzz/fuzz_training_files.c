/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of PEFT, the Trainer, TRL, accelerate, LLaMA-Factory and axolotl, for libFuzzer: see
 * scripts/fuzz. The first byte says whether it is JSON or YAML. What follows a byte of 0 is
 * ds.json, which the file may name.
 */
#include "tests/fuzz/fuzz.h"

#include "core/training/training_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = size && data[0] & 1 ? "file.yaml" : "file.json";
	const uint8_t *end = size ? memchr(data + 1, '\0', size - 1) : NULL;
	size_t length = end ? (size_t)(end - data) : size;
	struct dsfit_training_files files;
	struct dsfit_training training;
	struct dsfit_error err;

	if (!size)
		return 0;
	fuzz_write(path, data + 1, length - 1);
	if (end)
		fuzz_write("ds.json", end + 1, size - length - 1);
	else
		unlink("ds.json");
	dsfit_training_defaults(&training);
	if (!dsfit_training_files_read(path, &training, &files, &err) && !files.unsized[0])
		dsfit_training_settle(&training, UINT64_C(7000000000), &err);
	return 0;
}
