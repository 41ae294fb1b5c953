/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsfit.conf and, after a byte of 0, more.conf, for libFuzzer: see scripts/fuzz. It may include
 * that file and base.conf, which has one card, one family and one model. No file is opened.
 */
#include "tests/fuzz/fuzz.h"

static const char base[] =
	"gpu \"a100\" { label = A100 memory = 39.4GiB label-memory = 40GB tflops = 312 }\n"
	"family \"llama\" { layers = 32 hidden = 4096 heads = 32 ffn = 11008 vocab = 32000\n"
	"	kept = \"16h + 8f + 4q + 4k + 4a + 8\" backward = {\"2h + 4f\"} }\n"
	"model \"llama-2-7b\" { family = llama layers = 32 hidden = 4096 heads = 32\n"
	"	ffn = 11008 vocab = 32000 gated = true reference = true }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t length = end ? (size_t)(end - data) : size, whole;
	struct dsfit_kept_files files = { 0 }, again = { 0 };
	struct dsfit_error err = { "" };
	struct dsfit_site *site;
	char *text;

	fuzz_assert(!dsfit_kept_files_add(&files, "/c/dsfit.conf", (const char *)data, length));
	fuzz_assert(!dsfit_kept_files_add(&files, "/c/base.conf", base, sizeof(base) - 1));
	if (end)
		fuzz_assert(!dsfit_kept_files_add(&files, "/c/more.conf", (const char *)end + 1,
						  size - length - 1));
	site = dsfit_site_load_kept(&files, &err);
	if (site)
		dsfit_models_find(&site->models, "llama-2-7b");
	else
		fuzz_assert(err.text[0]);
	dsfit_site_free(site);
	/* What is written for the next start can be read. */
	text = dsfit_kept_files_write(&files, &whole);
	fuzz_assert(text);
	if (dsfit_kept_files_read(text, whole, &again, &err))
		fprintf(stderr, "%s\n", err.text), abort();
	dsfit_kept_files_free(&again);
	dsfit_kept_files_free(&files);
	free(text);
	return 0;
}
