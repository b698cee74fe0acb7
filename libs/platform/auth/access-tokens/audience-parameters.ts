/** Issuers take the audience of an access token by one of these names: RFC 8707 wants a URI, others take any text. */
export const audienceParameters = (audience: string): Record<string, string> => ({
  audience,
  ...(URL.canParse(audience) && { resource: audience }),
});
