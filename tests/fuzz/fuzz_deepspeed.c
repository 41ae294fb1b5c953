/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DeepSpeed's file, as Hjson, for libFuzzer: see scripts/fuzz. */
#include "tests/fuzz/fuzz.h"

#include "core/formats/hjson.h"
#include "core/training/ds_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct dsfit_training training;
	struct json_object *object;
	struct dsfit_ds_stops stops;
	struct dsfit_error err;

	object = dsfit_json_parse(text, size, DSFIT_JSON_HJSON, &err);
	dsfit_training_defaults(&training);
	if (object && !dsfit_training_read_object(object, &training, &stops, &err))
		dsfit_training_settle(&training, UINT64_C(7000000000), &err);
	json_object_put(object);
	free(text);
	return 0;
}
