#!/usr/bin/env bats
# Het jobs: each component is sized by its own declaration.

load helpers

# A component that fits, one that does not, and one without a declaration that would not.
fits=(--ds-model=7B -N1 --gpus-per-node=h100:4)
misfit=(--ds-model=13B --ds-zero=3 -N1 --gpus-per-node=a100:4)
other=(-N1 --gpus-per-node=rtx4090:1)

# component N NODES GPUS: what slurmctld holds of it; "more" nodes for more than one.
component() {
	if [[ $2 == more ]]; then
		(($(held_nodes "$job+$1") > 1))
	else
		is "$(held_nodes "$job+$1")" "$2"
	fi
	is "$(held_tres "$job+$1" TresPerNode)" "gpu:$3"
}

# het_script OPTIONS... [: OPTIONS...]...: a script with these in its #SBATCH lines.
het_script() {
	local word line='#SBATCH'
	echo '#!/bin/sh'
	for word; do
		if [[ $word == : ]]; then
			printf '%s\n' "$line" '#SBATCH hetjob'
			line='#SBATCH'
		else
			line+=" $word"
		fi
	done
	echo "$line"
}

@test "another model for each, on the command line" {
	run_sbatch --hold "${fits[@]}" : "${misfit[@]}" --wrap true
	submitted
	component 0 1 h100:4
	component 1 more a100:4
	is "$(said | grep -c '^fits: 7B')" 1
	is "$(said | grep -c '^corrected: ')" 1

	run_sbatch --hold "${misfit[@]}" : "${fits[@]}" --wrap true
	submitted
	component 0 more a100:4
	component 1 1 h100:4
}

@test "another model for each, in #SBATCH lines" {
	het_script "${fits[@]}" : "${misfit[@]}" >job.sh
	run_sbatch --hold job.sh
	submitted
	component 0 1 h100:4
	component 1 more a100:4

	het_script "${misfit[@]}" : "${fits[@]}" >job.sh
	run_sbatch --hold job.sh
	submitted
	component 0 more a100:4
	component 1 1 h100:4
}

@test "the same model for both" {
	run_sbatch --hold "${misfit[@]}" : "${misfit[@]}" --wrap true
	submitted
	component 0 more a100:4
	component 1 more a100:4
	het_script "${misfit[@]}" : "${misfit[@]}" >job.sh
	run_sbatch --hold job.sh
	submitted
	component 0 more a100:4
	component 1 more a100:4
}

@test "a component without a declaration is not sized" {
	# It would be a misfit, if the first one's model were taken to be its own too.
	run_sbatch --hold "${misfit[@]}" : "${other[@]}" --wrap true
	submitted
	component 0 more a100:4
	component 1 1 rtx4090:1

	run_sbatch --hold "${other[@]}" : "${misfit[@]}" --wrap true
	submitted
	component 0 1 rtx4090:1
	component 1 more a100:4

	het_script "${misfit[@]}" : "${other[@]}" >job.sh
	run_sbatch --hold job.sh
	submitted
	component 0 more a100:4
	component 1 1 rtx4090:1

	het_script "${other[@]}" : "${misfit[@]}" >job.sh
	run_sbatch --hold job.sh
	submitted
	component 0 1 rtx4090:1
	component 1 more a100:4
}

@test "three components" {
	run_sbatch --hold "${misfit[@]}" : "${other[@]}" : "${fits[@]}" --wrap true
	submitted
	component 0 more a100:4
	component 1 1 rtx4090:1
	component 2 1 h100:4
}

@test "a component's options are its own" {
	run_sbatch --hold --ds-model=7B --ds-batch=3 --ds-seq=512 "${fits[@]:1}" : \
		--ds-model=7B "${fits[@]:1}" --wrap true
	submitted
	is "$(said | grep -c 'batch 3 x 512 tokens')" 1
	is "$(said | grep -c 'batch 1 x 2048 tokens')" 1
}

@test "none for one component" {
	run_sbatch --hold "${misfit[@]}" : --ds-model=none "${misfit[@]:2}" --wrap true
	submitted
	component 0 more a100:4
	component 1 1 a100:4
}

@test "a component that cannot be: no job at all" {
	run_sbatch --hold "${fits[@]}" : --ds-model=560B -N1 --gpus-per-node=h100:4 --wrap true
	refused
	matches "$(said)" 'refused: 560B'
	run_sbatch --hold --ds-model=13X -N1 : "${fits[@]}" --wrap true
	refused
}

@test "salloc" {
	# In a file: 26.05 shows the words of the command too.
	echo 'scontrol show job "$SLURM_JOB_ID" | grep -o "NumNodes=[0-9]*\|gpu:[^=]*$"' >look.sh
	run_salloc "${misfit[@]}" : "${other[@]}" sh look.sh
	is "$status" 0
	corrected
	is "$(tr -d ' ' <<<"$output")" "NumNodes=$(value -N "$new")"$'\ngpu:a100:4\nNumNodes=1\ngpu:rtx4090:1'
}

@test "srun" {
	run_srun "${fits[@]}" : --ds-model=13B -N1 --gpus-per-node=a100_80g:2 \
		sh -c 'echo ${SLURMD_NODENAME%-*} $SLURM_GPUS_ON_NODE'
	is "$status" 0
	corrected
	is "$(sort <<<"$output")" "a100x ${new##*:}"$'\n''h100 4'
}

@test "from within a sized job: each by its own" {
	het_script "${fits[@]}" : "${misfit[@]}" >fits_first.sh
	het_script "${misfit[@]}" : "${other[@]}" >misfit_first.sh
	printf '%s\n' '#!/bin/sh' 'sbatch --hold --parsable fits_first.sh 2>/dev/null' \
		'sbatch --hold --parsable misfit_first.sh 2>/dev/null' >outer.sh
	run_sbatch -o out "${too_big[@]}" -N1 --gpus-per-node=a100_80g:4 outer.sh
	submitted
	completes "$job"
	local first second
	{ read -r first && read -r second; } <out
	job=$first
	component 0 1 h100:4
	component 1 more a100:4
	job=$second
	component 0 more a100:4
	component 1 1 rtx4090:1
}
