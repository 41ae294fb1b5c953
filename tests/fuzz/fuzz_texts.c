/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of users, as JSON of each dialect and as YAML, for libFuzzer: see scripts/fuzz. */
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/formats/hjson.h"
#include "core/formats/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = size ? malloc(size) : NULL;
	struct dsfit_error err;

	if (!text)
		return 0;
	/* The first byte says how the rest is read. */
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] % 3 == 2)
		json_object_put(dsfit_yaml_parse(text, size - 1, &err));
	else
		json_object_put(dsfit_json_parse(text, size - 1,
						 (enum dsfit_json_dialect)(data[0] % 3), &err));
	free(text);
	return 0;
}
