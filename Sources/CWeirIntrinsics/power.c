#include "CWeirIntrinsics.h"

#include <math.h>

double weir_power(double base, double exponent) { return pow(base, exponent); }

double weir_log10(double value) { return log10(value); }
