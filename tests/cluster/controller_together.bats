#!/usr/bin/env bats
# The plugin on the submit host and the one in slurmctld: one decision, made once, said once.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=()
}

# said_once REGEX: one line of all that was said begins so.
said_once() {
	is "$(said | grep -c "^$1")" 1
}

@test "corrected on the submit host: the controller agrees, and says nothing" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4
	submitted
	corrected
	is "$(said | grep -c '^[^ ]')" 1
	is "$(held_nodes "$job")" "$(value -N "$new")"
	matches "$(comment "$job")" '^dsfit: 13B, ZeRO-3, batch 1 x 2048 tokens, for -N [2-4] --gpus-per-node=a100:4: [0-9.]+ GiB of 39.4 GiB per GPU, [0-9.]+ GiB of [0-9.]+ GiB per node: fits; changed on the submit host: nodes$'
}

@test "named twice in plugstack.conf: decided once, and passed on" {
	with_conf "$(demo_conf)"
	cat plugstack.conf plugstack.conf >twice
	mv twice plugstack.conf
	run_sbatch_hold "${too_big[@]}" -p strict -N3 --gpus-per-node=a100:4
	submitted
	said_once 'fits: '
	lacks "$stderr" 'provided by both'
	matches "$(comment "$job")" '^dsfit: 13B'
}

@test "--clusters: what another cluster may take is not sized here" {
	run_sbatch_hold "${too_big[@]}" --clusters=elsewhere -N1 --gpus-per-node=a100:4
	refused
	is "$(said)" 'not sized: with --clusters, another cluster may take the job'
}

@test "every form" {
	local form
	for form in --gpus=2 --gpus=a100_80g:2 '-N1 --gpus=a100:4' '-N1-2 --gpus=a100:4' \
		--gpus-per-node=2 '-N1-2 --gpus-per-node=a100:4' --gres=gpu:a100_80g:2,nic:1 \
		'-n2 --gpus-per-task=1' '-n1 --gpus-per-task=a100_80g:2' '--ntasks-per-gpu=1 --gpus=2' \
		'-n2 --ntasks-per-gpu=1 --gpus=2' '-n8 --gpus-per-node=a100:4' '--exclusive -N1' \
		'--ds-offload=cpu --gpus-per-node=a100:4 -N1 --mem=8G' \
		'--ds-offload=cpu --gpus-per-node=a100:4 -N1 --mem-per-gpu=8G' \
		'--ds-offload=cpu --gpus-per-node=a100:4 -N1 -c8 --mem-per-cpu=1G' \
		'--ds-offload=nvme --gpus-per-node=a100:4 --tmp=1G' '' '-N2 -p preempt -C net200' \
		--ds-goal=experiment; do
		run_sbatch_hold "${too_big[@]}" $form
		submitted
		said_once 'corrected: '
		is "$(said | grep -c 13B)" 1
		matches "$(comment "$job")" '; changed on the submit host: '
	done
}

@test "fits, tight, unknown: said once" {
	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4
	is "$(said | grep -c '^[^ ]')" 1
	said_once 'fits: '
	matches "$(comment "$job")" ': fits$'
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=v100:4
	said_once 'cannot tell: '
	local model
	for model in 13B 14B 15B 16B 17B 18B 19B 20B; do
		run_sbatch_hold --ds-model="$model" -N1 --gpus-per-node=a100_80g:4
		[[ ! $(said) =~ ^tight: ]] || break
	done
	said_once 'tight: '
}

@test "refused on the submit host: the controller never hears of it" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 -p strict
	refused
	said_once 'refused: '
	is "$(grep -c 'Plugin stack post-option' <<<"$stderr")" 1
}

@test "a declaration that fits gets into strict" {
	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4 -p strict
	submitted
	is "$(said | grep -c '^[^ ]')" 1
	run_sbatch_hold -N2 --gpus-per-node=a100:4 -p strict
	((status != 0))
	said_once 'refused: the job does not declare its model'
}

@test "what cannot be sized: said once" {
	run_sbatch_hold --ds-model=13B --gpus-per-socket=1 --sockets-per-node=1
	is "$(said | grep -c '^[^ ]')" 1
	matches "$(said)" 'not sized'
}

@test "nodes that only slurmctld can raise: left to it, and said once" {
	run_srun "${too_big[@]}" -N1 --gpus-per-node=a100:4 sh -c 'echo $SLURM_GPUS_ON_NODE'
	is "$status" 0
	corrected
	is "$(said | grep -c '^[^ ]')" 1
	is "$(wc -l <<<"$output")" "$(value -N "$new")"
}

@test "a model from a file, and what it trains with" {
	cp "$root/tests/data/configs/llama-2-7b.json" config.json
	echo '{"zero_optimization": {"stage": 3}, "train_micro_batch_size_per_gpu": 2}' >ds.json
	run_sbatch_hold --ds-model=./config.json --ds-config=ds.json --gpus-per-node=a100_80g:1
	submitted
	said_once 'corrected: '
	matches "$(comment "$job")" 'ZeRO-3, batch 2 x .*; changed on the submit host: '
}

@test "het components: each as it was decided" {
	run_sbatch --hold --ds-model=7B -N1 --gpus-per-node=h100:4 : "${too_big[@]}" -N1 \
		--gpus-per-node=a100:4 : -N1 --gpus-per-node=rtx4090:1 --wrap true
	submitted
	is "$(said | grep -c '^fits: \|^corrected: ')" 2
	matches "$(comment "$job+0")" '^dsfit: 7B, .*: fits$'
	matches "$(comment "$job+1")" '^dsfit: 13B, .*changed on the submit host: nodes$'
	is "$(comment "$job+2")" ''
	run_srun --ds-model=7B -N1 --gpus-per-node=h100:4 : -N1 --gpus-per-node=rtx4090:1 true
	is "$status" 0
	is "$(said | grep -c '^[^ ]')" 1
}

@test "from within a declared job: what asks for no GPUs is given none" {
	printf '%s\n' '#!/bin/sh' 'sbatch --parsable --hold --wrap true' \
		'sbatch --parsable --hold -N1 --gpus-per-node=a100:4 --wrap true' >job.sh
	run_sbatch -o out "${too_big[@]}" --gpus=h200:8 job.sh
	submitted
	completes "$job"
	is "$(held_tres "$(grep -E '^[0-9]+$' out | head -n 1)" TresPerNode)" ''
	(($(held_nodes "$(grep -E '^[0-9]+$' out | tail -n 1)") > 1))
	is "$(grep -c 'dsfit: corrected' out)" 1
}

@test "the job's comment stays the user's" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 --comment=mine
	is "$(held "$job" Comment)" mine
}
