#!/usr/bin/env bats
# What comes with a job that the controller decides about: sound, broken, forged. slurmctld lives,
# and its log has no control character of anybody's.

load helpers

misfit=(-N1 --gpus-per-node=a100:4)

setup_file() {
	cp "$DSFIT_CLUSTER_DIR/run/slurmctld.pid" "$BATS_FILE_TMPDIR/pid"
}

teardown() {
	is "$(cat "$DSFIT_CLUSTER_DIR/run/slurmctld.pid")" "$(cat "$BATS_FILE_TMPDIR/pid")"
	matches "$(cluster run scontrol ping)" 'is UP'
	# But for tabs and newlines.
	run ! grep -q $'[\x01-\x08\x0b-\x1f\x7f-\xff]' <(LC_ALL=C cat "$DSFIT_CLUSTER_DIR/log/slurmctld.log")
	slurm_env=()
	local jobs
	jobs=$(own_jobs)
	[[ ! $jobs ]] || on scancel $jobs
}

# A declaration of 13B as our own plugin passes it on.
line() {
	local all
	slurm_env=() passing=
	printf '%s\n' '#!/bin/sh' 'env | grep _dsfit_ds_model=' >show.sh
	run_sbatch -o line.out "${too_big[@]}" --gpus=h100:8 show.sh >/dev/null
	completes "$job" >/dev/null
	all=$(cat line.out)
	echo "${all#*_ds_model=}"
}

# unusable REGEX: in a partition that accepts undeclared jobs it is let pass with a word that
# matches, as it is; where they are refused it is refused.
unusable() {
	run_sbatch_hold "${misfit[@]}"
	submitted
	matches "$(said)" '^not sized: the job.s declaration cannot be read: '
	matches "$(said)" "$1"
	is "$(held_nodes "$job")" 1
	is "$(comment "$job")" ''
	run_sbatch_hold -p strict "${misfit[@]}"
	((status != 0))
	matches "$(said)" '^refused: the job.s declaration cannot be read: '
	matches "$(said)" "$1"
}

corrected_here() {
	run_sbatch_hold "${misfit[@]}"
	submitted
	corrected
	is "$old" "-N 1 --gpus-per-node=a100:4"
	(($(held_nodes "$job") > 1))
}

@test "raw options of a client without our plugin: sized and corrected" {
	passes "$(option_name ds-model)=13B" "$(option_name ds-zero)=3"
	corrected_here
	matches "$(comment "$job")" '^dsfit: 13B, ZeRO-3, .* of 39.4 GiB per GPU, .* per node: fits; changed: -N 1 --gpus-per-node=a100:4 -> -N [2-4] '
	run_sbatch_hold -p strict "${misfit[@]}"
	((status != 0))
	matches "$(said)" '^refused: 13B, ZeRO-3'
	[[ $(alternatives) ]]
}

@test "the line of our own plugin, alone: sized as it was" {
	local passed
	passed=$(line)
	matches "$passed" '^dsfit1,'
	passes "$(option_name ds-model)=$passed"
	corrected_here
	# Options beside it win over it.
	passes "$(option_name ds-model)=$passed" "$(option_name ds-offload)=cpu"
	run_sbatch_hold "${misfit[@]}"
	submitted
	matches "$(said)" '^fits: 13B, ZeRO-3, optimizer on cpu'
}

@test "a client that is no command of Slurm's" {
	run_on "$BATS_RUN_TMPDIR/client" min_nodes=1 tres_per_node=gres:gpu:a100:4 -- \
		"$(option_name ds-model)=13B" "$(option_name ds-zero)=3"
	is "$status" 0
	(($(held_nodes "$output") > 1))
	matches "$stderr" '^dsfit: corrected: '
}

@test "a description that says no more than a model" {
	run_on "$BATS_RUN_TMPDIR/client" -- "$(option_name ds-model)=13B"
	is "$status" 0
	matches "$(held_tres "$output" TresPerNode)" '^gpu:[a-z0-9_]+:[0-9]$'
}

@test "broken lines" {
	local passed
	passed=$(line)
	passes "$(option_name ds-model)=${passed/zero=3/zero=7}"
	unusable 'zero=7: must be'
	passes "$(option_name ds-model)=${passed/,hidden=/,colour=}"
	unusable 'colour: unknown key'
	passes "$(option_name ds-model)=${passed%%,parameters=*}"
	unusable 'missing'
	passes "$(option_name ds-model)=dsfit1,"
	unusable ''
	passes "$(option_name ds-model)=dsfit9,zero=3"
	unusable 'must be'
}

@test "wrong values" {
	passes "$(option_name ds-model)=13X"
	unusable '--ds-model=13X: must be'
	passes "$(option_name ds-model)=13B" "$(option_name ds-zero)=7"
	unusable '--ds-zero=7: must be'
	passes "$(option_name ds-zero)=3"
	unusable 'no model'
	passes "$(option_name ds-model)="
	unusable ''
}

@test "control characters, formats, other alphabets" {
	passes "$(option_name ds-model)="$'\e[31m\x07red\x7f\xff\xc2\x9b'
	unusable '\?\[31m\?red'
	lacks "$stderr" $'\e'
	passes "$(option_name ds-model)=%s%n%p%s%s%s"
	unusable '%s%n%p'
	passes "$(option_name ds-model)=dsfit1,name="$'\e]0;title\x07'",parameters=1,active=1"
	unusable 'must be a name'
	lacks "$stderr" $'\e'
}

# long CHARACTER: 100,000 of them. Bash takes six seconds for ${spaces// /A}.
long() {
	printf '%100000s' '' | tr ' ' "$1"
}

@test "too long, too many, nothing at all" {
	local client=$BATS_RUN_TMPDIR/client request="min_nodes=1 tres_per_node=gres:gpu:a100:4" entry
	local name=$(option_name ds-model)
	for entry in "$name=$(long A)" "$name=dsfit1,$(long a)" "$name=dsfit1,$(long ,)" \
		"${name%model}zero=$(long 3)" "$(long =)" = '' "$name" \
		"${name}X=13B" '@2000000' "DSFIT_SAID=$(long f)"; do
		run_on "$client" $request -- "$entry" "$entry" "$entry"
		is "$status" 0
		is "$(held_nodes "$output")" 1
		((${#stderr} < 2000))
		run_on "$client" $request partition=strict -- "$entry"
		is "$status" 1
	done
}

@test "an option of another plugin's, a name that only begins as ours" {
	passes "_SLURM_SPANK_OPTION_other_ds_model=13B" "$(option_name ds-models)=13B" \
		"SLURM_SPANK_$(option_name ds-model)=13B"
	run_sbatch_hold "${misfit[@]}"
	submitted
	is "$stderr" ''
}

@test "no file is opened: a path is of no use here" {
	cp "$root/tests/data/configs/qwen3-0.6b.json" config.json
	mkdir folder
	cp config.json folder
	local path
	for path in "$PWD/config.json" ./config.json config.json "$PWD/folder" . /dev/zero; do
		passes "$(option_name ds-model)=$path"
		unusable 'slurmctld does not read users. files'
	done
	# A folder by a mere name is as unknown as any other name.
	passes "$(option_name ds-model)=folder"
	unusable 'must be'
	passes "$(option_name ds-model)=13B" "$(option_name ds-config)=$PWD/config.json"
	unusable '--ds-config=.*slurmctld does not read users. files'
}

@test "a forged word of the submit host's decides nothing" {
	local said
	for said in fits unsized inherited 'fits nodes,gpus' exceeds $'fits \e[31m'; do
		passes "$(option_name ds-model)=13B" "$(option_name ds-zero)=3" "DSFIT_SAID=$said"
		corrected_here
		lacks "$(comment "$job")" 'submit host'
		run_sbatch_hold -p strict "${misfit[@]}"
		((status != 0))
		matches "$(said)" '^refused: 13B'
	done
	# What was inherited gives a job no GPUs, and is no declaration where one is asked for.
	passes "$(option_name ds-model)=13B" DSFIT_SAID=inherited
	run_sbatch_hold
	submitted
	is "$(held_tres "$job" TresPerNode)" ''
	run_sbatch_hold -p strict
	((status != 0))
}

@test "requests that nobody typed" {
	local client=$BATS_RUN_TMPDIR/client field
	local model="$(option_name ds-model)=13B"
	for field in tres_per_node=$'gres:gpu:\e[31m:4' tres_per_node=,,, tres_per_job=gpu:-1 \
		tres_per_job=gpu:99999999999999999999 tres_per_node=gpu:a100:4,gpu:h100:8 \
		mem_per_tres=gres:gpu:x mem_per_tres=8 features='(((((((((((((((((((((((((((((((((((((' \
		min_nodes=0 min_nodes=4294967290 max_nodes=0 num_tasks=0 num_tasks=4294967290 \
		pn_min_memory=0x8000000000000000 pn_min_memory=0x7fffffffffffffff \
		pn_min_tmp_disk=4294967290 cpus_per_tres=x cpus_per_tres=gres:gpu:99999999999 \
		partition=,,, partition=strict, tres_per_socket=gpu:1 tres_per_task=gres:gpu:0; do
		# Slurm refuses most of them, after us or before; what matters is that it is there to.
		run_on "$client" "$field" -- "$model"
		((status == 0 || status == 1))
		run_on "$client" tres_per_node=gres:gpu:a100:1 "$field" -- "$model"
		((status == 0 || status == 1))
	done
}

@test "an administrator's comment is kept beside ours" {
	((EUID == 0)) || [[ $(cluster run scontrol show config) == *"SlurmUser "*"= $(id -un)("* ]]
	run_on "$BATS_RUN_TMPDIR/client" admin_comment=mine tres_per_node=gres:gpu:h100:8 -- \
		"$(option_name ds-model)=13B"
	is "$status" 0
	matches "$(comment "$output")" '^mine; dsfit: 13B, ZeRO-3, .*: fits$'
}
