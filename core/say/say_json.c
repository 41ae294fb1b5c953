/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision and its account for scripts. The keys are a contract that dsfit(1) documents: they
 * may be added to, but never change. One function writes each object:
 *
 *	model, training, layout		what runs where
 *	gpu, host, nvme, storage,	what is needed, and "capacity", what is available
 *	network, cost
 *	estimators			the hardware guide's and DeepSpeed's figures
 *	verdict, reasons		whether it fits, and why not
 *	alternatives, advice		requests that fit, changes of the training that save memory
 */
#include "core/say/say_json.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "core/account/estimators.h"
#include "core/account/release.h"
#include "core/decide/advice.h"
#include "core/formats/json_write.h"
#include "core/say/not_known.h"
#include "core/say/phrases.h"

static struct json_object *json_price(double value)
{
	return value < 0 ? NULL : json_object_new_double(value);
}

/* A rate in Gbps; null if it is not known. */
static struct json_object *json_rate(uint64_t bps)
{
	return bps ? json_object_new_double((double)bps / 1e9) : NULL;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	dsfit_json_add(object, key, value);
}

static void add_word(struct json_object *object, const char *key, const char *word)
{
	add(object, key, json_object_new_string(word));
}

static struct json_object *json_model(const struct dsfit_workload *w,
				      const struct dsfit_account *account)
{
	struct json_object *o = json_object_new_object();

	add_word(o, "name", w->model.name);
	add(o, "parameters", dsfit_json_whole(w->model.parameters));
	add(o, "trainable", dsfit_json_whole(account->trainable));
	add(o, "active", dsfit_json_whole(w->model.active));
	add_word(o, "shape", w->model.exact ? "exact" : "assumed");
	add_word(o, "activations", account->nearest_family ? "nearest family" : "traced");
	return o;
}

/* The releases that the middle of the band is for. */
static struct json_object *json_releases(const struct dsfit_training *t)
{
	struct dsfit_releases releases = dsfit_releases_of(t);
	struct json_object *o = json_object_new_object();
	char text[DSFIT_RELEASE_TEXT];

	add_word(o, "transformers", dsfit_release_text(releases.transformers, text));
	add_word(o, "torch", dsfit_release_text(releases.torch, text));
	add_word(o, "deepspeed", dsfit_release_text(releases.deepspeed, text));
	return o;
}

static struct json_object *json_training(const struct dsfit_training *t,
					 const struct dsfit_account *account)
{
	struct json_object *o = json_object_new_object();

	add(o, "zero", dsfit_json_whole(t->zero));
	add_word(o, "offload_optimizer", dsfit_offload_names[t->offload_optimizer]);
	add_word(o, "offload_param", dsfit_offload_names[t->offload_param]);
	add_word(o, "precision", dsfit_precision_names[t->precision]);
	add_word(o, "method", dsfit_method_names[t->method]);
	if (t->method != DSFIT_METHOD_FULL) {
		add(o, "lora_rank", dsfit_json_whole(t->lora_rank));
		add_word(o, "lora_targets", dsfit_lora_targets_names[t->lora_targets]);
		add_word(o, "base_weights", dsfit_base_weights_names[t->base_weights]);
	}
	add_word(o, "optimizer", dsfit_optimizer_names[t->optimizer]);
	add(o, "micro_batch", dsfit_json_whole(account->micro_batch));
	add(o, "accumulation", dsfit_json_whole(account->accumulation));
	add(o, "sequence", dsfit_json_whole(t->sequence));
	add_word(o, "checkpointing", dsfit_checkpointing_names[t->checkpointing]);
	add_word(o, "attention", dsfit_attention_names[t->attention]);
	add_word(o, "engine", dsfit_engine_names[t->engine]);
	add(o, "releases", json_releases(t));
	add(o, "tensor", dsfit_json_whole(t->tensor));
	add(o, "pipeline", dsfit_json_whole(t->pipeline));
	add(o, "expert", dsfit_json_whole(t->expert));
	add(o, "sequence_parallel", dsfit_json_whole(t->sequence_parallel));
	return o;
}

/* The parts of each term. A part that is a product has a count, such as its parameters. */
static struct json_object *json_parts(const struct dsfit_gpu_account *gpu)
{
	struct json_object *parts = json_object_new_array();

	for (size_t i = 0; i < gpu->part_count; i++) {
		struct json_object *o = json_object_new_object();

		add_word(o, "term", dsfit_term_names[gpu->part[i].term]);
		add_word(o, "cause", gpu->part[i].cause);
		add(o, "bytes", dsfit_json_whole(gpu->part[i].bytes));
		add(o, "count", dsfit_json_known(gpu->part[i].count));
		dsfit_json_append(parts, o);
	}
	return parts;
}

static struct json_object *json_gpu(const struct dsfit_assessment *a)
{
	const struct dsfit_gpu_account *gpu = &a->account.gpu;
	struct json_object *o = json_object_new_object(), *phases = json_object_new_object();

	add(o, "weights", dsfit_json_whole(gpu->weights));
	add(o, "gradients", dsfit_json_whole(gpu->gradients));
	add(o, "optimizer", dsfit_json_whole(gpu->optimizer));
	add(o, "communication", dsfit_json_whole(gpu->communication));
	add(o, "activations", dsfit_json_whole(gpu->activations));
	add(o, "loss", dsfit_json_whole(gpu->loss));
	add(o, "framework", dsfit_json_whole(gpu->framework));
	add(o, "slack", dsfit_json_whole(gpu->slack));
	add(o, "peak", dsfit_json_whole(gpu->peak));
	add(o, "low", dsfit_json_whole(gpu->low));
	add(o, "high", dsfit_json_whole(gpu->high));
	add_word(o, "peak_phase", dsfit_phase_names[gpu->peak_phase]);
	add(o, "capacity", dsfit_json_known(a->gpu_capacity));
	add(phases, "rest", dsfit_json_whole(gpu->rest));
	add(phases, "forward", dsfit_json_whole(gpu->forward));
	add(phases, "backward", dsfit_json_whole(gpu->backward));
	add(phases, "step", dsfit_json_whole(gpu->step));
	add(phases, "evaluation", dsfit_json_whole(gpu->evaluation));
	add(o, "phases", phases);
	add(o, "parts", json_parts(gpu));
	return o;
}

static void add_needs(struct json_object *root, const struct dsfit_say *say,
		      const struct dsfit_assessment *a)
{
	const struct dsfit_account *need = &a->account;
	struct json_object *host = json_object_new_object(), *nvme = json_object_new_object();
	struct json_object *storage = json_object_new_object();
	struct json_object *network = json_object_new_object(), *cost = json_object_new_object();

	add(host, "per_node", dsfit_json_whole(need->host.per_node));
	add(host, "offload", dsfit_json_whole(need->host.offload));
	add(host, "loading", dsfit_json_whole(need->host.loading));
	add(host, "saving", dsfit_json_whole(need->host.saving));
	add(host, "low", dsfit_json_whole(need->host.low));
	add(host, "high", dsfit_json_whole(need->host.high));
	add(host, "capacity", dsfit_json_known(a->host_capacity));
	add(root, "host", host);
	add(nvme, "per_node", dsfit_json_whole(need->nvme.per_node));
	add(nvme, "low", dsfit_json_whole(need->nvme.low));
	add(nvme, "high", dsfit_json_whole(need->nvme.high));
	add(nvme, "capacity", dsfit_json_known(a->nvme_capacity));
	add(root, "nvme", nvme);
	add(storage, "checkpoint", dsfit_json_whole(need->storage.checkpoint));
	add(storage, "total", dsfit_json_whole(need->storage.total));
	add(storage, "low", dsfit_json_whole(need->storage.low));
	add(storage, "high", dsfit_json_whole(need->storage.high));
	add(storage, "capacity", dsfit_json_known(say->site->storage));
	add(root, "storage", storage);
	add(network, "bytes_per_step", dsfit_json_whole(need->network.bytes_per_step));
	add(network, "required_gbps",
	    json_object_new_double((double)need->network.required / 1e9));
	add(network, "low_gbps", json_object_new_double((double)need->network.low / 1e9));
	add(network, "capacity_gbps", json_rate(a->network_capacity));
	add(root, "network", network);
	add(cost, "per_hour", json_price(a->price));
	add(cost, "per_billion_tokens", json_price(a->price_per_billion));
	add(root, "cost", cost);
}

static struct json_object *json_estimators(const struct dsfit_say *say,
					   const struct dsfit_assessment *a)
{
	struct json_object *o = json_object_new_object(), *guide = json_object_new_object();
	struct json_object *deepspeed = json_object_new_object();
	struct dsfit_estimates e;

	dsfit_estimate(&say->workload->model, &say->workload->training, &a->layout, &e);
	add(guide, "total", dsfit_json_whole(e.guide.total));
	add(guide, "per_gpu", dsfit_json_whole(e.guide.per_gpu));
	add(o, "guide", guide);
	add(deepspeed, "gpu", e.has_deepspeed ? dsfit_json_whole(e.deepspeed.gpu) : NULL);
	add(deepspeed, "cpu", e.has_deepspeed ? dsfit_json_whole(e.deepspeed.cpu) : NULL);
	add(o, "deepspeed", deepspeed);
	return o;
}

static struct json_object *json_verdict(const struct dsfit_assessment *a)
{
	struct json_object *o = json_object_new_object();

	add_word(o, "gpu", dsfit_verdict_names[a->gpu]);
	add_word(o, "host", dsfit_verdict_names[a->host]);
	add_word(o, "nvme", dsfit_verdict_names[a->nvme]);
	add_word(o, "storage", dsfit_verdict_names[a->storage]);
	add_word(o, "network", dsfit_verdict_names[a->network]);
	add_word(o, "overall", dsfit_verdict_names[a->overall]);
	return o;
}

static struct json_object *json_layout(const struct dsfit_assessment *a)
{
	struct json_object *o = json_object_new_object();

	add(o, "nodes", dsfit_json_whole(a->layout.nodes));
	add(o, "gpus_per_node", dsfit_json_whole(a->layout.gpus_per_node));
	add(o, "gpus", dsfit_json_whole(a->layout.gpus));
	add(o, "gpu", a->class ? json_object_new_string(a->class->gpu->name) : NULL);
	return o;
}

static struct json_object *json_alternative(const struct dsfit_say *say,
					    const struct dsfit_alternative *one)
{
	struct json_object *o = json_layout(&one->assessment);
	char text[DSFIT_REQUEST_TEXT];

	add_word(o, "request", dsfit_phrase_request(say, &one->request, text));
	add(o, "training", one->retrained ? json_object_new_string(one->way.options) : NULL);
	add(o, "fused_loss", json_object_new_boolean(one->way.fused_loss));
	add(o, "accumulation", dsfit_json_known(one->way.accumulation));
	add(o, "peak", dsfit_json_whole(one->assessment.account.gpu.peak));
	add(o, "capacity", dsfit_json_known(one->assessment.gpu_capacity));
	add(o, "per_hour", json_price(one->assessment.price));
	add_word(o, "verdict", dsfit_verdict_names[
		dsfit_with_evaluation(&one->assessment, one->assessment.overall)]);
	return o;
}

static struct json_object *json_advice(const struct dsfit_say *say,
				       const struct dsfit_assessment *a)
{
	struct dsfit_advice advice[DSFIT_ADVICE_MAX];
	struct json_object *all = json_object_new_array();
	size_t count = dsfit_advise(&say->workload->model, &say->site->families,
				    &say->workload->training, &a->layout,
				    &say->site->estimate, advice);

	for (size_t i = 0; i < count; i++) {
		struct json_object *o = json_object_new_object();

		add_word(o, "options", advice[i].options);
		add_word(o, "change", advice[i].options);
		add_word(o, "costs", advice[i].costs);
		add(o, "saved", dsfit_json_whole(advice[i].saved));
		add(o, "peak", dsfit_json_whole(advice[i].peak));
		add(o, "host", dsfit_json_whole(advice[i].host));
		dsfit_json_append(all, o);
	}
	return all;
}

/* What makes the verdict unknown, and who can settle it; null if nothing does. */
static struct json_object *json_not_known(const struct dsfit_say *say)
{
	struct dsfit_not_known unknown;
	struct json_object *o;

	if (!dsfit_not_known(say, &unknown))
		return NULL;
	o = json_object_new_object();
	add_word(o, "what", unknown.what);
	add_word(o, "who", unknown.who);
	add_word(o, "how", unknown.how);
	return o;
}

/* What a job script was understood to train. */
static struct json_object *json_script(const struct dsfit_say *say)
{
	struct json_object *o = json_object_new_object(), *warnings = json_object_new_array();
	char line[DSFIT_SCRIPT_WARNING];

	add_word(o, "read", say->read);
	for (size_t i = 0; i < say->script->warnings; i++)
		dsfit_json_append(warnings, json_object_new_string(
					    dsfit_script_warning(say->script, i, line)));
	add(o, "warnings", warnings);
	return o;
}

char *dsfit_say_json(const struct dsfit_say *say)
{
	const struct dsfit_decision *d = say->decision;
	const struct dsfit_assessment *a = dsfit_phrase_shown(d);
	struct json_object *root, *reasons, *alternatives;
	struct dsfit_reasons why;

	dsfit_json_begin();
	root = json_object_new_object();
	reasons = json_object_new_array();
	alternatives = json_object_new_array();
	add(root, "model", json_model(say->workload, &a->account));
	add(root, "training", json_training(&say->workload->training, &a->account));
	add(root, "layout", json_layout(a));
	add(root, "gpu", json_gpu(a));
	add_needs(root, say, a);
	add(root, "estimators", json_estimators(say, a));
	add(root, "verdict", json_verdict(a));
	dsfit_phrase_reasons(say, &why);
	for (size_t i = 0; i < why.count; i++)
		dsfit_json_append(reasons, json_object_new_string(why.line[i]));
	add(root, "reasons", reasons);
	add(root, "unknown", json_not_known(say));
	if (d->action == DSFIT_CORRECT)
		dsfit_json_append(alternatives, json_alternative(say, &d->corrected));
	for (size_t i = 0; i < d->alternative_count; i++)
		dsfit_json_append(alternatives, json_alternative(say, &d->alternatives[i]));
	add(root, "alternatives", alternatives);
	add(root, "largest_batch", dsfit_json_known(d->largest_batch));
	add(root, "advice", json_advice(say, a));
	if (say->options)
		add_word(root, "options", say->options);
	if (say->read)
		add(root, "script", json_script(say));
	return dsfit_json_end(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				    JSON_C_TO_STRING_NOSLASHESCAPE);
}
