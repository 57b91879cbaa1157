/** Russian for the results and plans of campaigns. */
export const campaign = {} as const
