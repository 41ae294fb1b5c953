/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/say/alternative.h"

#include "core/base/text.h"
#include "core/say/phrases.h"

const char *dsfit_alternative_lead(const struct dsfit_decision *d,
				   const struct dsfit_alternative *one)
{
	if (one->retrained)
		return "or change the training";
	if (one->assessment.overall == DSFIT_TIGHT)
		return "might fit";
	return d->nothing_asked && d->action == DSFIT_PASS ? "fits" : "instead";
}

void dsfit_put_remarks(FILE *out, const struct dsfit_alternative *one, bool figures,
		       const char *before, const char *after)
{
	const struct dsfit_way *way = &one->way;
	const char *lead = before;
	struct dsfit_texts t;

	if (way->fused_loss) {
		fprintf(out, "%s%s", lead, "with a fused loss such as Liger's");
		lead = ", ";
	}
	if (way->accumulation) {
		fprintf(out, "%s%llu accumulation steps for the same batch", lead,
			(unsigned long long)way->accumulation);
		lead = ", ";
	}
	if (figures) {
		fprintf(out, "%s%s of %s per GPU", lead,
			dsfit_phrase_bytes(one->assessment.account.gpu.peak, &t, 0),
			dsfit_phrase_bytes(one->assessment.gpu_capacity, &t, 1));
		lead = ", ";
	}
	if (figures && one->assessment.price >= 0)
		fprintf(out, ", $%.2f/h", one->assessment.price);
	if (lead != before)
		fputs(after, out);
}

char *dsfit_alternative_line(const struct dsfit_say *say, const struct dsfit_alternative *one,
			     bool figures)
{
	char request[DSFIT_REQUEST_TEXT];
	struct dsfit_text line;
	FILE *out = dsfit_text_begin(&line);

	if (!out)
		return NULL;
	fprintf(out, "  %s: %s", dsfit_alternative_lead(say->decision, one),
		dsfit_phrase_request(say, &one->request, request));
	if (one->retrained)
		dsfit_phrase_options(out, say->prefix, one->way.options);
	dsfit_put_remarks(out, one, figures, " (", ")");
	fputc('\n', out);
	return dsfit_text_end(&line);
}
