/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RELEASE_H
#define DSFIT_RELEASE_H

#include <stdbool.h>

#include "core/model/model.h"
#include "core/training/training.h"

/*
 * What releases of the libraries differ in, as far as it moves memory: one function for each trait.
 * A job, or its site, may say which releases it runs; else they are those of the table below, with
 * which all footprints were traced.
 */
struct dsfit_releases {
	uint64_t transformers, torch, deepspeed; /* DSFIT_RELEASE() */
};

/* The releases that the middle of the band is for. */
struct dsfit_releases dsfit_releases_of(const struct dsfit_training *training);

/* "4.48", into text, which is returned. */
#define DSFIT_RELEASE_TEXT 48
const char *dsfit_release_text(uint64_t release, char text[DSFIT_RELEASE_TEXT]);

/* Whether the loss of a causal language model shifts the logits, and so copies them in fp32, rather
 * than the labels; and whether the logits, as the head made them, are there beside both. */
bool dsfit_release_copies_logits(const struct dsfit_training *training);
bool dsfit_release_keeps_logits(const struct dsfit_training *training);

/* Whether the loss is computed in the logits' own type, as the family's code does it in releases of
 * transformers before `since` (DSFIT_RELEASE(); 0 for none). */
bool dsfit_release_loss_is_narrow(const struct dsfit_training *training, uint64_t since);

/* Whether checkpoints outlive the backward of their block, each with its gradient. */
bool dsfit_release_holds_checkpoints(const struct dsfit_training *training);

/* Whether the optimizer steps over all parameters at once, with temporaries as large as a state. */
bool dsfit_release_steps_foreach(const struct dsfit_training *training);

/* Whether DeepSpeed pins what it offloads: as the file says, or else by the release's default. */
bool dsfit_release_pins(const struct dsfit_training *training, bool pins, bool given);

/* Whether ZeRO makes the optimizer's states inside deepspeed.initialize(), by a step. */
bool dsfit_release_steps_at_start(const struct dsfit_training *training);

/* Whether stages 1 and 2 flatten the weights in host memory. */
bool dsfit_release_flattens_on_host(const struct dsfit_training *training);

/* Whether stages 1 and 2 take offloaded weights back in 16 bits, through a buffer on the host, or
 * in fp32 on the GPU. Neither: PyTorch narrows them on their way. */
bool dsfit_release_returns_halves(const struct dsfit_training *training);
bool dsfit_release_returns_singles(const struct dsfit_training *training);

/* Whether each routed expert has linears of its own, which quantisation takes. */
bool dsfit_release_quantises_experts(const struct dsfit_training *training);

/* Whether stage 3 takes a block's mixture of this model as one module ("leaf"), by the list of
 * DeepSpeed 0.19.8. */
bool dsfit_release_mixture_is_leaf(const struct dsfit_model *model);

#endif
