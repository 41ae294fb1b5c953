/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/model/model_text.h"

#include <ctype.h>
#include <string.h>

#include "core/base/size.h"
#include "core/model/hub_models.h"
#include "core/model/sized_model.h"

/* "8x7B"; `size` is where "x7B" begins. */
static int parse_experts(const struct dsfit_models *models, const char *text, const char *size,
			 struct dsfit_model *out, struct dsfit_error *err)
{
	uint64_t experts, parameters;
	char digits[16] = "";

	if ((size_t)(size - text) < sizeof(digits))
		memcpy(digits, text, (size_t)(size - text));
	if (dsfit_parse_number(digits, 2, 1024, &experts, NULL) ||
	    !strpbrk(size + 1, "KMBTkmbt") ||
	    dsfit_parse_count(size + 1, &parameters, NULL))
		return dsfit_fail(err, "%s: must be 2 to 1024 experts times a size, such as "
				  "8x7B", text);
	return dsfit_model_from_experts(models, text, experts, parameters, out, err);
}

int dsfit_model_parse(const struct dsfit_models *models, const char *text,
		      struct dsfit_model *out, struct dsfit_error *err)
{
	const struct dsfit_model *known = dsfit_models_find(models, text);
	size_t digits = strspn(text, "0123456789.");
	char near[DSFIT_NEAR_TEXT];
	uint64_t parameters;

	if (known) {
		*out = *known;
		return 0;
	}
	if (digits && (text[digits] == 'x' || text[digits] == 'X') && text[digits + 1])
		return parse_experts(models, text, text + digits, out, err);
	if (digits && strlen(text + digits) == 1 && strchr("KMBTkmbt", text[digits])) {
		if (dsfit_parse_count(text, &parameters, err))
			return -1;
		return dsfit_model_from_size(models, parameters, out, err);
	}
	/* Looking for the closest name takes longer than all the rest. */
	return !err ? -1 : dsfit_fail(err, "%s: %smust be a size (350M, 13B, 8x7B), a name that "
			  "\"dsfit models\" lists, a path to config.json or its folder, or none",
			  text, dsfit_models_near(models, text, near));
}

const char *dsfit_model_hub_name(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t length = strlen(text);

	if (!slash || slash != strrchr(text, '/') || !isalnum((unsigned char)*text) || !slash[1] ||
	    (length > 5 && !strcmp(text + length - 5, ".json")))
		return NULL;
	return slash + 1;
}

bool dsfit_model_is_path(const char *text)
{
	size_t length = strlen(text);

	return strchr(text, '/') || !strcmp(text, ".") || !strcmp(text, "..") ||
	       (length > 5 && !strcmp(text + length - 5, ".json"));
}
