/* SPDX-License-Identifier: MIT */
/*
 * main.c - the program of every technique: this file and the technique's own.
 */
#include "config.h"

#include "shared/app/serve.h"

int
main(int argc, char **argv)
{
	return serve_main(argc, argv);
}
