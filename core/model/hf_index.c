/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parameter count from the files of the weights: model.safetensors.index.json has their total
 * size, and config.json the number of bits per parameter. The weights themselves are never read.
 */
#include "core/model/hf_index.h"

#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"

/* Bits of a type by its name in config.json or quantization_config; 0 if it is unknown. */
static unsigned type_bits(const char *name)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {
		{ "float32", 32 }, { "float", 32 }, { "bfloat16", 16 }, { "float16", 16 },
		{ "half", 16 }, { "float8_e4m3fn", 8 }, { "float8_e5m2", 8 }, { "fp8", 8 },
		{ "int8", 8 }, { "mxfp4", 4 }, { "nvfp4", 4 }, { "awq", 4 }, { "gptq", 4 },
		{ "torch.bfloat16", 16 }, { "torch.float16", 16 }, { "torch.float32", 32 },
	};

	for (size_t i = 0; name && i < DSFIT_ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, name))
			return types[i].bits;
	return 0;
}

/* Bits per parameter of quantised weights; 0 if quantization_config does not say. */
static unsigned quantised_bits(struct json_object *quantisation)
{
	const char *method = NULL;
	uint64_t bits = 0;
	bool four = false, eight = false;

	if (dsfit_json_number(quantisation, "bits", 1, 16, &bits, NULL) > 0)
		return (unsigned)bits;
	if (dsfit_json_bool(quantisation, "load_in_4bit", &four, NULL) > 0 && four)
		return 4;
	if (dsfit_json_bool(quantisation, "load_in_8bit", &eight, NULL) > 0 && eight)
		return 8;
	dsfit_json_string(quantisation, "quant_method", &method, NULL);
	return type_bits(method);
}

static unsigned stored_type(struct json_object *config)
{
	const char *name = NULL;

	if (dsfit_json_string(config, "dtype", &name, NULL) <= 0)
		dsfit_json_string(config, "torch_dtype", &name, NULL);
	return type_bits(name);
}

/* The index next to config.json, or NULL if it cannot be read. */
static struct json_object *open_index(const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path + 1) : 0;
	char file[4096];
	int rc = snprintf(file, sizeof(file), "%.*smodel.safetensors.index.json", folder, path);

	return rc < 0 || (size_t)rc >= sizeof(file) ? NULL : dsfit_json_read(file, NULL);
}

/* Whether a stored count is close enough to the count from the shape: within 5 % for a known
 * family, within a factor of two otherwise. */
static bool plausible(uint64_t stored, const struct dsfit_model *model)
{
	double ratio = (double)stored / (double)model->counts.parameters;

	/* Files may contain a tied head a second time. */
	if (model->shape.tied && !model->counts.head &&
	    stored == model->counts.parameters + model->counts.embedding)
		return false;
	return model->known_family ? ratio > 0.95 && ratio < 1.05 : ratio > 0.5 && ratio < 2;
}

static uint64_t stored_parameters(struct json_object *index, unsigned bits,
				  const struct dsfit_model *model)
{
	struct json_object *metadata = NULL;
	uint64_t total = 0, size = 0;

	if (dsfit_json_object(index, "metadata", &metadata, NULL) <= 0)
		return 0;
	if (dsfit_json_number(metadata, "total_parameters", 1, DSFIT_PARAMETERS_MAX, &total,
			      NULL) > 0)
		return total;
	if (dsfit_json_number(metadata, "total_size", 1, UINT64_C(1) << 53, &size, NULL) <= 0)
		return 0;
	if (bits)
		return dsfit_mul(size, 8) / bits;
	/* Without a type: 16 bits if that is plausible, else 32. */
	return plausible(size / 2, model) ? size / 2 : size / 4;
}

void dsfit_hf_index(const char *path, struct json_object *config, struct json_object *text,
		    struct dsfit_model *model)
{
	struct json_object *quantisation = NULL, *index;
	unsigned bits = stored_type(config) ? stored_type(config) : stored_type(text);
	uint64_t stored;

	/* The size of packed weights and their scales does not give the count. */
	if (dsfit_json_object(config, "quantization_config", &quantisation, NULL) > 0) {
		model->stored_bits = quantised_bits(quantisation);
		return;
	}
	index = open_index(path);
	if (!index)
		return;
	stored = stored_parameters(index, bits, model);
	json_object_put(index);
	if (stored && plausible(stored, model))
		dsfit_model_resize(model, stored, DSFIT_COUNT_FILES);
}
